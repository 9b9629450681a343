/** Short news, shown for a moment and told to screen readers without moving the focus, at the end of their sentence. */
class Announcer {
  text = $state('');
  #clear: ReturnType<typeof setTimeout> | undefined;

  say(text: string): void {
    // The same words twice are two pieces of news: an invisible difference makes them so.
    this.text = this.text === text ? `${text}\u00a0` : text;
    clearTimeout(this.#clear);
    this.#clear = setTimeout(() => {
      this.text = '';
    }, 6_000);
  }
}

export const announcer = new Announcer();
