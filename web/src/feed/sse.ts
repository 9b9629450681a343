/** Server-sent events, as the standard says, from any cut of the byte stream. */

export interface Message {
  event: string;
  data: string;
  id: string;
}

/** Feed it text as it arrives; it gives whole messages. A comment gives nothing, but is news of life all the same. */
export class SseParser {
  #rest = '';
  #event = '';
  #data: string[] = [];
  #id = '';

  /** Where the stream stands, even when the id came with no message. */
  get lastId(): string {
    return this.#id;
  }

  push(text: string): Message[] {
    const messages: Message[] = [];
    this.#rest += text;
    let cut = this.#rest.search(/\r\n|\n|\r(?!$)/);
    while (cut >= 0) {
      const line = this.#rest.slice(0, cut);
      this.#rest = this.#rest.slice(cut + (this.#rest.startsWith('\r\n', cut) ? 2 : 1));
      const message = this.#take(line);
      if (message) messages.push(message);
      cut = this.#rest.search(/\r\n|\n|\r(?!$)/);
    }
    return messages;
  }

  #take(line: string): Message | null {
    if (line === '') {
      const message = { event: this.#event || 'message', data: this.#data.join('\n'), id: this.#id };
      const full = this.#data.length > 0 || this.#event !== '';
      this.#event = '';
      this.#data = [];
      return full ? message : null;
    }
    const colon = line.indexOf(':');
    if (colon === 0) return null;
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (field === 'event') this.#event = value;
    else if (field === 'data') this.#data.push(value);
    else if (field === 'id' && !value.includes('\0')) this.#id = value;
    return null;
  }
}

/** How long to wait before trying again: 0.5 s doubling to 10 s, so that a server coming back is not trampled. */
export function backoffMs(failures: number, random: number): number {
  const base = Math.min(10_000, 500 * 2 ** Math.max(0, failures - 1));
  return Math.round(base * (0.75 + 0.5 * random));
}
