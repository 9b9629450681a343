import { beforeEach, describe, expect, it } from 'vitest';
import type { Draft } from '@/screens/editor/draft';
import { Steps } from '@/screens/editor/steps.svelte';

const draft = (name: string, zone: Draft['zone'] = []): Draft => ({
  ruleId: 'r1',
  version: 1,
  situation: 'zone_entered',
  purpose_id: 'safety',
  name,
  enabled: true,
  classes: ['person'],
  zone,
  line: [],
  direction: null,
  params: {},
  schedule: { time_zone: 'Europe/Paris', spans: [] },
  severity: 'moderate',
});

describe('going back through changes', () => {
  let steps: Steps;
  beforeEach(() => {
    steps = new Steps();
    steps.open(draft('a'));
  });

  it('undoes one change at a time, to the beginning and no further', () => {
    steps.change(draft('b'));
    steps.change(draft('c'));
    steps.undo();
    expect(steps.current?.name).toBe('b');
    steps.undo();
    steps.undo();
    expect(steps.current?.name).toBe('a');
    expect(steps.canUndo).toBe(false);
  });

  it('undoes a whole drag at once, and two drags one by one', () => {
    for (const x of [0.1, 0.2, 0.3]) steps.change(draft('a', [[x, 0]]), 'drag-0');
    steps.rest();
    for (const x of [0.4, 0.5]) steps.change(draft('a', [[x, 0]]), 'drag-0');
    steps.undo();
    expect(steps.current?.zone).toEqual([[0.3, 0]]);
    steps.undo();
    expect(steps.current?.zone).toEqual([]);
  });

  it('knows whether anything would be lost', () => {
    expect(steps.dirty).toBe(false);
    steps.change(draft('b'));
    expect(steps.dirty).toBe(true);
    steps.change(draft('a'));
    expect(steps.dirty).toBe(false);
  });

  it('remembers a hundred steps, not all of a shift', () => {
    for (let n = 0; n < 150; n += 1) steps.change(draft(String(n)));
    for (let n = 0; n < 150; n += 1) steps.undo();
    expect(steps.current?.name).toBe('49');
  });
});
