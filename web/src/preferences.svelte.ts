/** What this workstation prefers. Kept in the browser, never sent. */

export type Theme = 'dark' | 'light';
export type Language = 'fr' | 'en';

const PREFIX = 'beffroi.';

function stored(name: string): string | null {
  try {
    return localStorage.getItem(PREFIX + name);
  } catch {
    return null;
  }
}

function store(name: string, value: string): void {
  try {
    localStorage.setItem(PREFIX + name, value);
  } catch {
    // A browser that keeps nothing still works, with the defaults at each start.
  }
}

class Preferences {
  #theme = $state<Theme>(stored('theme') === 'light' ? 'light' : 'dark');
  #language = $state<Language>(stored('language') === 'en' ? 'en' : 'fr');
  #sound = $state(stored('sound') === 'on');
  #singleKeys = $state(stored('single_keys') !== 'off');

  get theme(): Theme {
    return this.#theme;
  }
  set theme(value: Theme) {
    this.#theme = value;
    store('theme', value);
  }

  get language(): Language {
    return this.#language;
  }
  set language(value: Language) {
    this.#language = value;
    store('language', value);
  }

  /** A short tone for each new alert. Off unless asked for. */
  get sound(): boolean {
    return this.#sound;
  }
  set sound(value: boolean) {
    this.#sound = value;
    store('sound', value ? 'on' : 'off');
  }

  /** Shortcuts of one letter; people who dictate to their machine need to turn them off (WCAG 2.1.4). */
  get singleKeys(): boolean {
    return this.#singleKeys;
  }
  set singleKeys(value: boolean) {
    this.#singleKeys = value;
    store('single_keys', value ? 'on' : 'off');
  }
}

export const preferences = new Preferences();
