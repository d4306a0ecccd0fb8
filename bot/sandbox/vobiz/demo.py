"""About forty believable numbers for the demo, priced as the provider prices: ints, floats and strings.

British, American and German numbers are from ranges their regulators keep for fiction (Ofcom's drama numbers, NANP
555-01xx, the Bundesnetzagentur's drama numbers). India and Singapore keep none: those are valid in form only.
"""

from dataclasses import dataclass

from bot.sandbox.vobiz.state import Fee, StockNumber

_VOICE = ("voice",)
_VOICE_SMS = ("voice", "sms")
_ALL = ("voice", "sms", "mms")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Block:
    """Numbers of one place and one price; `ends` are the last digits."""

    prefix: str
    ends: tuple[str, ...]
    country: str
    region: str
    setup_fee: Fee
    monthly_fee: Fee
    currency: str
    capabilities: tuple[str, ...] = _VOICE
    minimum_commitment_months: int = 0
    identity_check: bool = False
    trial: bool = False
    blocked: bool = False

    def numbers(self) -> list[StockNumber]:
        return [
            StockNumber(
                id=f"num_{self.prefix}{end}",
                e164=f"+{self.prefix}{end}",
                country=self.country,
                region=self.region,
                capabilities=self.capabilities,
                setup_fee=self.setup_fee,
                monthly_fee=self.monthly_fee,
                currency=self.currency,
                minimum_commitment_months=self.minimum_commitment_months,
                identity_check=self.identity_check,
                trial=self.trial,
                blocked=self.blocked,
            )
            for end in self.ends
        ]


_BLOCKS = (
    _Block(
        prefix="91806900",
        ends=("0142", "0187", "0231", "0264", "0318", "0377"),
        country="IN",
        region="Bengaluru",
        setup_fee=100,
        monthly_fee=1,
        currency="INR",
    ),
    _Block(
        prefix="91226900",
        ends=("0119", "0156", "0203", "0248"),
        country="IN",
        region="Mumbai",
        setup_fee="249.50",
        monthly_fee="499.00",
        currency="INR",
        capabilities=_VOICE_SMS,
    ),
    _Block(
        prefix="91116900",
        ends=("0171", "0192", "0245"),
        country="IN",
        region="Delhi",
        setup_fee=0,
        monthly_fee=299.9,
        currency="INR",
    ),
    _Block(
        prefix="91446900",
        ends=("0133", "0166"),
        country="IN",
        region="Chennai",
        setup_fee=100,
        monthly_fee=350,
        currency="INR",
        minimum_commitment_months=6,
    ),
    _Block(
        prefix="9198765",
        ends=("43210", "43265"),
        country="IN",
        region="Mobile",
        setup_fee=500,
        monthly_fee="750.00",
        currency="INR",
        capabilities=_VOICE_SMS,
        identity_check=True,
    ),
    _Block(
        prefix="91406900",
        ends=("0128",),
        country="IN",
        region="Hyderabad",
        setup_fee=0,
        monthly_fee=0,
        currency="INR",
        trial=True,
    ),
    _Block(
        prefix="91206900",
        ends=("0154",),
        country="IN",
        region="Pune",
        setup_fee=100,
        monthly_fee=1,
        currency="INR",
        blocked=True,
    ),
    _Block(
        prefix="1212555",
        ends=("0142", "0187", "0119"),
        country="US",
        region="New York",
        setup_fee=1,
        monthly_fee=0.9,
        currency="USD",
        capabilities=_ALL,
    ),
    _Block(
        prefix="1415555",
        ends=("0123", "0168"),
        country="US",
        region="San Francisco",
        setup_fee=1,
        monthly_fee=1.15,
        currency="USD",
        capabilities=_ALL,
    ),
    _Block(
        prefix="1312555",
        ends=("0111", "0176"),
        country="US",
        region="Chicago",
        setup_fee="0.50",
        monthly_fee="0.90",
        currency="USD",
        capabilities=_VOICE_SMS,
    ),
    _Block(
        prefix="1800555", ends=("0199",), country="US", region="Toll-free", setup_fee=5, monthly_fee=2.5, currency="USD"
    ),
    _Block(
        prefix="442079460",
        ends=("123", "158", "812"),
        country="GB",
        region="London",
        setup_fee=2,
        monthly_fee=1.2,
        currency="GBP",
        capabilities=_VOICE_SMS,
    ),
    _Block(
        prefix="441614960",
        ends=("137", "445"),
        country="GB",
        region="Manchester",
        setup_fee=2,
        monthly_fee=0.9,
        currency="GBP",
    ),
    _Block(
        prefix="441314960",
        ends=("216",),
        country="GB",
        region="Edinburgh",
        setup_fee="2.00",
        monthly_fee="0.95",
        currency="GBP",
        minimum_commitment_months=3,
    ),
    _Block(
        prefix="448081570", ends=("123",), country="GB", region="Freephone", setup_fee=10, monthly_fee=8, currency="GBP"
    ),
    _Block(
        prefix="493023125",
        ends=("104", "226"),
        country="DE",
        region="Berlin",
        setup_fee=0,
        monthly_fee=1.75,
        currency="EUR",
    ),
    _Block(
        prefix="498999998",
        ends=("112", "407"),
        country="DE",
        region="Munich",
        setup_fee="1.50",
        monthly_fee=1.75,
        currency="EUR",
        minimum_commitment_months=12,
    ),
    _Block(
        prefix="494066969",
        ends=("135",),
        country="DE",
        region="Hamburg",
        setup_fee=0,
        monthly_fee="1.80",
        currency="EUR",
    ),
    _Block(
        prefix="653158",
        ends=("0142", "0177"),
        country="SG",
        region="Singapore",
        setup_fee=10,
        monthly_fee=4.5,
        currency="SGD",
        capabilities=_VOICE_SMS,
    ),
    _Block(
        prefix="656555", ends=("0123",), country="SG", region="Singapore", setup_fee=10, monthly_fee=6, currency="SGD"
    ),
)


def demo_inventory() -> list[StockNumber]:
    """The numbers the demo starts with, by country; a few are bound, need an identity check, are trials or blocked."""
    return [number for block in _BLOCKS for number in block.numbers()]
