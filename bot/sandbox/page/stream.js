/**
 * One person's live stream: what the server says as it happens, for as long as the page is open.
 * A stream that breaks is opened again by itself; each begins with a snapshot, so nothing is missed in between.
 */

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 5000;

export class Stream {
  /** @type {EventSource|null} */ #source = null;
  #wait = FIRST_WAIT_MS;
  #timer = 0;

  /**
   * @param {(event: any) => void} onEvent
   * @param {(connected: boolean) => void} onConnection told of every change, and of every failed try
   */
  constructor(onEvent, onConnection) {
    this.onEvent = onEvent;
    this.onConnection = onConnection;
  }

  /** Leaves the former person's stream and opens this one's. @param {string} user */
  open(user) {
    this.close();
    const source = new EventSource(`/page/stream?user=${encodeURIComponent(user)}`);
    source.onmessage = (message) => {
      this.#wait = FIRST_WAIT_MS;
      this.onConnection(true);
      this.onEvent(JSON.parse(message.data));
    };
    source.onerror = () => this.#tryAgain(user);
    this.#source = source;
  }

  close() {
    clearTimeout(this.#timer);
    this.#source?.close();
    this.#source = null;
  }

  /** @param {string} user */
  #tryAgain(user) {
    this.close();
    this.onConnection(false);
    this.#timer = setTimeout(() => this.open(user), this.#wait);
    this.#wait = Math.min(this.#wait * 2, LONGEST_WAIT_MS);
  }
}
