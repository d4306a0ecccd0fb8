/**
 * What the acting person can see right now: the one copy of messages and views, kept by the stream's events.
 * Knows nothing of the DOM; the parts of the page listen for `change` and read from here.
 */

/** @typedef {import("./types.js").Message} Message @typedef {import("./types.js").View} View */
/** @typedef {import("./types.js").Person} Person @typedef {import("./types.js").Channel} Channel */

/**
 * A `change` event's detail: what happened, and the message it happened to.
 * @typedef {{type: "person"|"snapshot"|"message"|"changed"|"deleted"|"views"|"home"|"read"|"backstage", message?: Message}} Change
 */

export class Workspace extends EventTarget {
  /** @type {Map<string, Message>} */ #messages = new Map();
  /** @type {Map<string, Map<string, string>>} person → conversation → the newest time stamp they have seen */ #seen = new Map();
  /** @type {string|null} everything up to here was there before the page was opened, so it is not news */ #opening = null;
  /** @type {View[]} open modals, the newest last */ modals = [];
  /** @type {View|null} */ home = null;
  /** @type {import("./types.js").Backstage|null} null where there is nothing to arrange */ backstage = null;

  /** @param {import("./types.js").Start} start @param {string|null} me the acting person's id, if one was asked for */
  constructor(start, me) {
    super();
    this.start = { ...start, users: withColours(start.users) };
    this.people = this.start.users.filter((user) => !user.is_bot);
    this.me = this.people.find((person) => person.id === me) ?? this.people[0];
  }

  /** What mentions mean to the acting person. @returns {import("./mrkdwn.js").Names} */
  get names() {
    return {
      me: this.me.id,
      person: (id) => this.person(id)?.real_name,
      channel: (id) => this.channel(id)?.name,
      group: (id) => this.start.usergroups.find((group) => group.id === id)?.handle,
    };
  }

  /** @param {string|null} id @returns {Person|undefined} */
  person(id) {
    return this.start.users.find((user) => user.id === id);
  }

  /** The first name where it is enough to tell people apart. @param {Person} person */
  shortName({ real_name: name }) {
    const [first] = name.split(" ");
    return this.people.filter((other) => other.real_name.split(" ")[0] === first).length > 1 ? name : first;
  }

  /** @param {string} id @returns {Channel|undefined} */
  channel(id) {
    return this.start.channels.find((channel) => channel.id === id);
  }

  /** The words of every message, for whoever looks for something in them. */
  get everythingSaid() {
    return JSON.stringify([...this.#messages.values()].map(({ text, blocks }) => [text, blocks]));
  }

  /** Whether the app has put something with buttons into a channel, for everyone there. */
  get hasCard() {
    return [...this.#messages.values()].some(({ bot, ephemeral, blocks }) => bot && !ephemeral && blocks.some(({ type }) => type === "actions"));
  }

  /** The acting person's direct messages with the bot. @returns {Channel|undefined} */
  get directMessages() {
    return this.start.channels.find((channel) => channel.is_im && (!channel.user || channel.user === this.me.id));
  }

  /** @param {string} id another person sits down */
  become(id) {
    this.me = this.person(id) ?? this.me;
    this.#messages.clear();
    this.modals = [];
    this.home = null;
    this.#changed({ type: "person" });
  }

  /** @param {any} event one event of the stream */
  apply(event) {
    switch (event.type) {
      case "snapshot":
        return this.#replaceAll(event);
      case "message":
      case "changed":
        this.#messages.set(keyOf(event.message), event.message);
        return this.#changed({ type: event.type, message: event.message });
      case "deleted":
        this.#messages.delete(keyOf(event));
        return this.#changed({ type: "deleted" });
      case "view":
        return this.#openView(event.view);
      case "view_closed":
        this.modals = this.modals.filter((view) => view.id !== event.view_id);
        return this.#changed({ type: "views" });
      case "home":
        this.home = event.view;
        return this.#changed({ type: "home" });
      case "backstage":
        this.backstage = event.backstage;
        return this.#changed({ type: "backstage" });
    }
  }

  /**
   * Words of the page itself, for the acting person alone, as Slackbot says them.
   * @param {string} channel @param {string} text @param {string|null} threadTs
   */
  tell(channel, text, threadTs = null) {
    const ts = (Date.now() / 1000).toFixed(6);
    const standing = { ephemeral: true, edited: false, reply_count: 0, latest_reply: null };
    const message = { channel, ts, thread_ts: threadTs, user: null, bot: true, text, blocks: [], ...standing };
    this.apply({ type: "message", message });
  }

  /**
   * The channel's own messages, oldest first: replies belong to their threads.
   * @param {string} channel @returns {Message[]}
   */
  messagesIn(channel) {
    return this.#sorted((message) => message.channel === channel && !isReply(message));
  }

  /** @param {string} channel @param {string} root @returns {Message[]} */
  repliesTo(channel, root) {
    return this.#sorted((message) => message.channel === channel && isReply(message) && message.thread_ts === root);
  }

  /** @param {string} channel @param {string} ts @returns {Message|undefined} */
  message(channel, ts) {
    return this.#messages.get(keyOf({ channel, ts }));
  }

  /** @param {Message} message @returns {{count: number, latest: string|null, unread: boolean}} */
  threadOf(message) {
    const replies = this.repliesTo(message.channel, message.ts);
    const lasting = replies.filter((reply) => !reply.ephemeral);
    const newest = replies.at(-1)?.ts ?? null;
    return {
      count: Math.max(message.reply_count ?? 0, lasting.length),
      latest: lasting.at(-1)?.ts ?? message.latest_reply,
      unread: newest !== null && newest > this.#seenUpTo(message.ts) && replies.at(-1)?.user !== this.me.id,
    };
  }

  /** @param {string} channel */
  isUnread(channel) {
    const newest = this.messagesIn(channel).at(-1);
    return newest !== undefined && newest.ts > this.#seenUpTo(channel) && newest.user !== this.me.id;
  }

  /** Whether somebody else was mentioned where they have not looked since. @param {string} id */
  isCalled(id) {
    return id !== this.me.id && [...this.#messages.values()].some((message) =>
      !message.ephemeral && message.ts > this.#seenUpTo(conversationOf(message), id) && JSON.stringify(message).includes(`<@${id}>`));
  }

  /**
   * The acting person has now seen this channel (by its id) or thread (by its first message's ts).
   * @param {string} conversation @param {Message[]} messages
   */
  markSeen(conversation, messages) {
    const newest = messages.at(-1)?.ts;
    if (!newest || newest <= this.#seenUpTo(conversation)) return;
    const seen = this.#seen.get(this.me.id) ?? new Map();
    this.#seen.set(this.me.id, seen.set(conversation, newest));
    this.#changed({ type: "read" });
  }

  /** @param {string} conversation @param {string} [person] */
  #seenUpTo(conversation, person = this.me.id) {
    return this.#seen.get(person)?.get(conversation) ?? this.#opening ?? "";
  }

  /** @param {{messages: Message[], views: View[], backstage: import("./types.js").Backstage|null}} snapshot */
  #replaceAll({ messages, views, backstage }) {
    this.backstage = backstage;
    const own = [...this.#messages.values()].filter((message) => message.user === null);
    this.#messages = new Map([...messages, ...own].map((message) => [keyOf(message), message]));
    this.#opening ??= messages.map((message) => message.ts).sort().at(-1) ?? "0";
    this.modals = views.filter((view) => view.type === "modal");
    this.home = views.find((view) => view.type === "home") ?? this.home;
    this.#changed({ type: "snapshot" });
  }

  /** @param {View} view */
  #openView(view) {
    if (view.type === "home") {
      this.home = view;
      return this.#changed({ type: "home" });
    }
    const index = this.modals.findIndex((open) => open.id === view.id);
    this.modals = index < 0 ? [...this.modals, view] : this.modals.with(index, view);
    this.#changed({ type: "views" });
  }

  /** @param {(message: Message) => boolean} chosen */
  #sorted(chosen) {
    return [...this.#messages.values()].filter(chosen).sort((one, other) => (one.ts < other.ts ? -1 : 1));
  }

  /** @param {Change} change */
  #changed(change) {
    this.dispatchEvent(new CustomEvent("change", { detail: change }));
  }
}

const COLOURS = ["#1264a3", "#0f7b3f", "#b4410e", "#7c3aed", "#b01350", "#0e7490", "#8a6100", "#4a5568"];

/** Who shares a colour with somebody before them gets one of their own. @param {Person[]} users */
function withColours(users) {
  const taken = new Set();
  return users.map((user) => {
    const own = taken.has(user.color) ? COLOURS.find((colour) => !taken.has(colour)) : user.color;
    taken.add(own);
    return { ...user, color: own ?? user.color };
  });
}

/** @param {{channel: string, ts: string}} message */
function keyOf({ channel, ts }) {
  return `${channel}/${ts}`;
}

/** A reply belongs to its thread, anything else to its channel. @param {Message} message */
function conversationOf(message) {
  return isReply(message) ? /** @type {string} */ (message.thread_ts) : message.channel;
}

/** @param {Message} message */
function isReply(message) {
  return Boolean(message.thread_ts) && message.thread_ts !== message.ts;
}
