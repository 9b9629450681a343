import type { Alert } from '@/api/nouns';

/** An alert for tests, told by what matters to the test. */
export function alertWith(given: Partial<Alert> & { alert_id: string }): Alert {
  return {
    camera_id: 'quai',
    camera_name: 'Quai nord',
    rule_id: 'r1',
    rule_version: 1,
    rule_name: 'Berge',
    situation: 'zone_entered',
    severity: 'moderate',
    certainty: 'likely',
    state: 'open',
    started_at: '2026-11-23T08:00:00.000Z',
    raised_at: '2026-11-23T08:00:01.000Z',
    due_at: '2026-11-23T08:02:01.000Z',
    last_held_at: null,
    box: null,
    score: 0.7,
    repeats: 0,
    evidence: { state: 'pending', reason: '' },
    snoozed_until: null,
    assigned_to: '',
    last_verdict: null,
    facts: {},
    ...given,
  };
}
