/** What the desk does: choosing, answering, taking back. The components only show it. */
import { readAlert, readOperators } from '@/api/calls';
import type { Alert, AlertDetail, User, VerdictInput } from '@/api/nouns';
import { announcer } from '@/shell/announcer.svelte';
import { chime } from '@/shell/chime';
import { t, tn } from '@/i18n/text.svelte';
import { preferences } from '@/preferences.svelte';
import { session } from '@/session.svelte';
import { situations } from '@/situations.svelte';
import { Answers, type Done } from '@/screens/desk/answers.svelte';
import { REASONS, SNOOZES } from '@/screens/desk/choices';
import type { Panel } from '@/screens/desk/keys';
import { LISTS, successor, type ListName } from '@/screens/desk/order';
import { DeskQueue } from '@/screens/desk/queue.svelte';

const TOO_SOON_MS = 400;

type Seen = 'still' | 'clip' | 'live';

export class Desk {
  readonly answers = new Answers();
  readonly queue = new DeskQueue({ arrived: (alerts) => this.#announce(alerts) });
  list = $state<ListName>('shown');
  selectedId = $state<string | null>(null);
  panel = $state<Panel>('none');
  note = $state('');
  liveLarge = $state(false);
  detail = $state.raw<AlertDetail | null>(null);
  operators = $state.raw<User[]>([]);
  #seen = new Map<string, Set<Seen>>();
  #shownAt = 0;
  #before: Alert[] = [];

  start(): () => void {
    void readOperators()
      .then((users) => {
        this.operators = users.filter((user) => user.username !== session.user?.username);
      })
      .catch(() => {
        this.operators = [];
      });
    return this.queue.start();
  }

  get alerts(): Alert[] {
    return this.queue.lists[this.list];
  }

  get selected(): Alert | undefined {
    return this.alerts.find((alert) => alert.alert_id === this.selectedId);
  }

  /** Called whenever the list changed: keep the choice, or move it to the alert that took the place of the one gone. */
  settle(): void {
    const now = this.alerts;
    const before = this.#before;
    this.#before = now;
    if (now.some((alert) => alert.alert_id === this.selectedId)) return;
    const gone = before.find((alert) => alert.alert_id === this.selectedId);
    if (gone && !this.answers.gave(gone.alert_id)) announcer.say(t('desk.gone', this.#words(gone)));
    const next = this.selectedId === null ? null : successor(before, now, this.selectedId);
    this.select(next ?? now[0]?.alert_id ?? null);
  }

  select(alertId: string | null): void {
    if (alertId === this.selectedId) return;
    this.selectedId = alertId;
    this.panel = 'none';
    this.note = '';
    this.detail = null;
    this.#shownAt = performance.now();
  }

  /** Read what the queue does not tell of an alert: span of its clip, verdicts. */
  async readDetail(alertId: string): Promise<void> {
    const detail = await readAlert(alertId).catch(() => null);
    if (alertId === this.selectedId) this.detail = detail;
  }

  move(by: number): void {
    const index = this.alerts.findIndex((alert) => alert.alert_id === this.selectedId);
    const target = this.alerts[Math.min(this.alerts.length - 1, Math.max(0, index + by))];
    if (target) this.select(target.alert_id);
  }

  end(which: 'first' | 'last'): void {
    this.select(this.alerts.at(which === 'first' ? 0 : -1)?.alert_id ?? null);
  }

  show(list: ListName): void {
    this.list = list;
    this.#before = [];
    this.selectedId = null;
    this.settle();
  }

  nextList(): void {
    this.show(LISTS[(LISTS.indexOf(this.list) + 1) % LISTS.length] ?? 'shown');
  }

  saw(alertId: string, part: Seen): void {
    const parts = this.#seen.get(alertId) ?? new Set<Seen>();
    this.#seen.set(alertId, parts.add(part));
  }

  confirm(): Promise<void> {
    return this.#answer({ decision: 'confirm' });
  }

  choose(index: number): Promise<void> {
    const panel = this.panel;
    if (panel === 'reason') {
      const reason = REASONS[index];
      return reason ? this.#answer({ decision: 'dismiss', reason }) : Promise.resolve();
    }
    if (panel === 'snooze') {
      const minutes = SNOOZES[index];
      return minutes ? this.#answer({ decision: 'snooze', snooze_minutes: minutes }) : Promise.resolve();
    }
    const user = this.operators[index];
    return user ? this.#answer({ decision: 'hand_over', handed_to: user.username }) : Promise.resolve();
  }

  async retry(alertId: string): Promise<void> {
    this.#accept(await this.answers.retry(alertId));
  }

  /** Take an answer back: a new verdict, the former one stays on record. */
  async undo(done: Done | undefined = this.answers.last): Promise<void> {
    if (!done) {
      announcer.say(t('desk.nothing_to_undo'));
      return;
    }
    const reopened = await this.answers.give(done.alert, { decision: 'reopen' });
    if (!reopened) return;
    this.queue.put(reopened.alert);
    this.queue.show();
    if (this.list !== 'shown') this.show('shown');
    this.select(reopened.alert.alert_id);
    announcer.say(t('desk.undone', this.#words(reopened.alert)));
  }

  async #answer(input: VerdictInput): Promise<void> {
    const alert = this.selected;
    if (!alert) return;
    // The alert may have taken its place a blink before the key came down: then the answer was meant for another.
    if (performance.now() - this.#shownAt < TOO_SOON_MS) {
      announcer.say(t('desk.too_soon'));
      return;
    }
    this.panel = 'none';
    const seen = [...(this.#seen.get(alert.alert_id) ?? [])];
    const done = await this.answers.give(alert, {
      ...input,
      note: this.note.trim(),
      evidence_seen: seen,
      expected_state: alert.state,
    });
    this.#accept(done);
  }

  #accept(done: Done | null): void {
    if (!done) return;
    this.queue.put(done.alert);
    this.queue.show();
    const decision = t(`decision.${done.verdict.decision}`);
    announcer.say(t('desk.recorded', { decision, ...this.#words(done.alert) }));
  }

  #announce(alerts: Alert[]): void {
    const [first] = alerts;
    if (!first) return;
    if (preferences.sound) chime(alerts.some((one) => one.severity === 'severe' || one.severity === 'extreme'));
    const severity = t(`severity.${first.severity}`);
    if (alerts.length === 1) announcer.say(t('desk.new_alert', { severity, ...this.#words(first) }));
    else announcer.say(tn('desk.new_alerts', alerts.length));
  }

  #words(alert: Alert): { what: string; camera: string } {
    return { what: situations.label(alert.situation), camera: alert.camera_name || alert.camera_id };
  }
}
