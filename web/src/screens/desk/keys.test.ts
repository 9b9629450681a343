import { describe, expect, it } from 'vitest';
import { commandOf, type Panel, type Pressed } from '@/screens/desk/keys';

const press = (key: string, more: Partial<Pressed> = {}, panel: Panel = 'none', singleKeys = true) =>
  commandOf({ key, repeat: false, modified: false, focus: 'page', ...more }, panel, singleKeys);

describe('answering by keyboard', () => {
  it('confirms with Enter or C', () => {
    expect(press('Enter')).toEqual({ do: 'confirm' });
    expect(press('C')).toEqual({ do: 'confirm' });
  });

  it('never answers twice because a key is held down', () => {
    expect(press('Enter', { repeat: true })).toBeNull();
    expect(press('c', { repeat: true })).toBeNull();
    expect(press('j', { repeat: true })).toEqual({ do: 'move', by: 1 });
  });

  it('leaves Enter and space to a focused button, but not the letters', () => {
    expect(press('Enter', { focus: 'button' })).toBeNull();
    expect(press(' ', { focus: 'button' })).toBeNull();
    expect(press('f', { focus: 'button' })).toEqual({ do: 'open', panel: 'reason' });
  });

  it('leaves every key but Escape to a field', () => {
    expect(press('c', { focus: 'field' })).toBeNull();
    expect(press('Enter', { focus: 'field' })).toBeNull();
    expect(press('Escape', { focus: 'field' })).toEqual({ do: 'cancel' });
  });

  it('leaves the browser its own shortcuts', () => {
    expect(press('c', { modified: true })).toBeNull();
  });

  it('takes digits only while a choice is open, and then Enter confirms nothing', () => {
    expect(press('3')).toBeNull();
    expect(press('3', {}, 'reason')).toEqual({ do: 'choose', index: 2 });
    expect(press('Enter', {}, 'reason')).toBeNull();
  });

  it('can be told to do without single letters', () => {
    expect(press('c', {}, 'none', false)).toBeNull();
    expect(press('ArrowDown', {}, 'none', false)).toEqual({ do: 'move', by: 1 });
    expect(press('Enter', {}, 'none', false)).toEqual({ do: 'confirm' });
  });
});
