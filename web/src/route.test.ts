import { describe, expect, it } from 'vitest';
import { printPath, routeOf, rulesPath } from '@/route';

describe('addresses', () => {
  it.each([
    ['/', 'desk'],
    ['/cameras', 'cameras'],
    ['/cameras/', 'cameras'],
    ['/history', 'history'],
    ['/governance', 'governance'],
    ['/governance/journal', 'governance'],
    ['/governance/nothing', 'unknown'],
    ['/account', 'account'],
    ['/register', 'register'],
    ['/register/notice/quai', 'register'],
    ['/cameras/quai/privacy', 'privacy'],
    ['/nowhere', 'unknown'],
    ['/cameras/quai', 'unknown'],
    ['/cameras/%E0%A4%A/rules', 'unknown'],
  ])('%s is %s', (path, screen) => {
    expect(routeOf(path).screen).toBe(screen);
  });

  it('carry ids, whatever letters they have', () => {
    expect(routeOf(rulesPath('quai/é 1'), '?rule=r1')).toEqual({ screen: 'editor', cameraId: 'quai/é 1', ruleId: 'r1' });
    expect(routeOf(printPath('al_1'))).toEqual({ screen: 'print', alertId: 'al_1' });
  });
});
