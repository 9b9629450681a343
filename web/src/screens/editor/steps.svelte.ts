import type { Draft } from '@/screens/editor/draft';

const REMEMBERED = 100;

/** The draft and how to go back through its changes. */
export class Steps {
  current = $state.raw<Draft | null>(null);
  #past = $state.raw<readonly Draft[]>([]);
  #saved = $state.raw<Draft | null>(null);
  #moving = '';

  get canUndo(): boolean {
    return this.#past.length > 0;
  }

  get dirty(): boolean {
    return this.current !== null && JSON.stringify(this.current) !== JSON.stringify(this.#saved);
  }

  /** Begin with a draft; one that is not stored yet counts as changed from the first point on. */
  open(draft: Draft | null): void {
    this.current = draft;
    this.#saved = draft;
    this.#past = [];
    this.#moving = '';
  }

  /** Change the draft. Changes of one `gesture` (a drag, one field) are undone together. */
  change(next: Draft, gesture = ''): void {
    if (!this.current || next === this.current) return;
    if (gesture === '' || gesture !== this.#moving) this.#past = [...this.#past, this.current].slice(-REMEMBERED);
    this.#moving = gesture;
    this.current = next;
  }

  /** The gesture is over: the next change stands alone. */
  rest(): void {
    this.#moving = '';
  }

  undo(): void {
    const last = this.#past.at(-1);
    if (!last) return;
    this.#past = this.#past.slice(0, -1);
    this.#moving = '';
    this.current = last;
  }
}
