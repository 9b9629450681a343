/** The desk by keyboard alone. Pure: a pressed key and what is open give a command. */

export type Panel = 'none' | 'reason' | 'snooze' | 'hand';

export type Command =
  | { do: 'move'; by: number }
  | { do: 'end'; which: 'first' | 'last' }
  | { do: 'seek'; seconds: number }
  | { do: 'open'; panel: Exclude<Panel, 'none'> }
  | { do: 'choose'; index: number }
  | { do: 'confirm' | 'undo' | 'live' | 'pause' | 'help' | 'cancel' | 'note' | 'list' };

export interface Pressed {
  key: string;
  repeat: boolean;
  modified: boolean;
  /** What has the focus: nothing that uses keys, something pressed by Enter and Space, or a field. */
  focus: 'page' | 'button' | 'field';
}

const LETTERS: Record<string, Command> = {
  j: { do: 'move', by: 1 },
  k: { do: 'move', by: -1 },
  c: { do: 'confirm' },
  f: { do: 'open', panel: 'reason' },
  p: { do: 'open', panel: 'hand' },
  s: { do: 'open', panel: 'snooze' },
  u: { do: 'undo' },
  l: { do: 'live' },
  n: { do: 'note' },
  t: { do: 'list' },
  '?': { do: 'help' },
};

const NAMED: Record<string, Command> = {
  ArrowDown: { do: 'move', by: 1 },
  ArrowUp: { do: 'move', by: -1 },
  PageDown: { do: 'move', by: 6 },
  PageUp: { do: 'move', by: -6 },
  Home: { do: 'end', which: 'first' },
  End: { do: 'end', which: 'last' },
  ArrowRight: { do: 'seek', seconds: 1 },
  ArrowLeft: { do: 'seek', seconds: -1 },
  Enter: { do: 'confirm' },
  ' ': { do: 'pause' },
};

const REPEATABLE = new Set(['move', 'seek']);

/** The command of a key, or null. A held key moves, but never answers: one press, one answer. */
export function commandOf(pressed: Pressed, panel: Panel, singleKeys: boolean): Command | null {
  if (pressed.modified) return null;
  if (pressed.key === 'Escape') return { do: 'cancel' };
  if (pressed.focus === 'field') return null;
  const command = meant(pressed, panel, singleKeys);
  return command && pressed.repeat && !REPEATABLE.has(command.do) ? null : command;
}

function meant(pressed: Pressed, panel: Panel, singleKeys: boolean): Command | null {
  const named = NAMED[pressed.key];
  if (named) return pressed.focus === 'button' && /^(Enter| )$/.test(pressed.key) ? null : inPanel(named, panel);
  if (!singleKeys) return null;
  if (panel !== 'none' && /^[1-9]$/.test(pressed.key)) return { do: 'choose', index: Number(pressed.key) - 1 };
  return LETTERS[pressed.key.toLowerCase()] ?? null;
}

/** While a choice is open Enter must not confirm the alert behind it. */
function inPanel(command: Command, panel: Panel): Command | null {
  return panel !== 'none' && command.do === 'confirm' ? null : command;
}

/** How the focused element takes keys. */
export function focusOf(element: Element | null): Pressed['focus'] {
  if (!(element instanceof HTMLElement)) return 'page';
  if (element.matches('textarea, select, [contenteditable="true"]')) return 'field';
  if (element instanceof HTMLInputElement) {
    return element.matches('[type="checkbox"], [type="radio"], [type="button"]') ? 'button' : 'field';
  }
  return element.matches('button, a[href], summary') ? 'button' : 'page';
}
