import { giveVerdict } from '@/api/calls';
import { newKey } from '@/api/http';
import type { Alert, Verdict, VerdictInput } from '@/api/nouns';
import { asProblem, type Problem } from '@/api/problem';

export interface Answer {
  alert: Alert;
  input: VerdictInput;
  key: string;
  problem: Problem | null;
}

export interface Done {
  alert: Alert;
  verdict: Verdict;
}

const REMEMBERED = 12;

/** Answers on their way, answers that failed, and the last ones given here, which can be taken back. */
export class Answers {
  pending = $state.raw<ReadonlyMap<string, Answer>>(new Map());
  recent = $state.raw<readonly Done[]>([]);

  of(alertId: string): Answer | undefined {
    return this.pending.get(alertId);
  }

  /** Whether the last answer to an alert was given, or is being given, at this desk. */
  gave(alertId: string): boolean {
    return this.pending.has(alertId) || this.recent.some((done) => done.alert.alert_id === alertId);
  }

  get failed(): Answer[] {
    return [...this.pending.values()].filter((answer) => answer.problem !== null);
  }

  /** The last answer given here that still stands. */
  get last(): Done | undefined {
    return this.recent[0];
  }

  /** Send an answer. Gives the alert as committed, or null when it failed: the failure is then in `pending`. */
  async give(alert: Alert, input: VerdictInput): Promise<Done | null> {
    if (this.of(alert.alert_id)?.problem === null) return null;
    return this.#send({ alert, input, key: newKey(), problem: null });
  }

  /** Send a failed answer again under its old key: if it had arrived after all, it counts once. */
  async retry(alertId: string): Promise<Done | null> {
    const failed = this.of(alertId);
    return failed?.problem ? this.#send({ ...failed, problem: null }) : null;
  }

  abandon(alertId: string): void {
    this.#set(alertId, null);
  }

  async #send(answer: Answer): Promise<Done | null> {
    const alertId = answer.alert.alert_id;
    this.#set(alertId, answer);
    try {
      const done = await giveVerdict(alertId, answer.input, answer.key);
      this.#set(alertId, null);
      this.#remember(done);
      return done;
    } catch (error) {
      this.#set(alertId, { ...answer, problem: asProblem(error) });
      return null;
    }
  }

  #remember(done: Done): void {
    const others = this.recent.filter((one) => one.alert.alert_id !== done.alert.alert_id);
    this.recent = done.verdict.decision === 'reopen' ? others : [done, ...others].slice(0, REMEMBERED);
  }

  #set(alertId: string, answer: Answer | null): void {
    const next = new Map(this.pending);
    if (answer) next.set(alertId, answer);
    else next.delete(alertId);
    this.pending = next;
  }
}
