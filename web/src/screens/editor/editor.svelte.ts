/** The editor's work: reading, changing, saving. The components only show it. */
import { addRule, changeRule, readCamera, readPurposes, readRules, removeRule } from '@/api/calls';
import type { Camera, Purpose, Rule, SituationCard } from '@/api/nouns';
import { asProblem, type Problem } from '@/api/problem';
import { t } from '@/i18n/text.svelte';
import { session } from '@/session.svelte';
import { announcer } from '@/shell/announcer.svelte';
import { situations } from '@/situations.svelte';
import { blank, inputOf, kindsOf, opened, wrongs, type Draft, type Wrong } from '@/screens/editor/draft';
import { Steps } from '@/screens/editor/steps.svelte';
import type { Kind } from '@/screens/editor/shape';

export class Editor {
  readonly steps = new Steps();
  readonly cameraId: string;
  camera = $state.raw<Camera | null>(null);
  rules = $state.raw<Rule[]>([]);
  purposes = $state.raw<Purpose[]>([]);
  problem = $state.raw<Problem | null>(null);
  saveProblem = $state.raw<Problem | null>(null);
  /** The rule as somebody else saved it while we were changing it. */
  theirs = $state.raw<Rule | null>(null);
  kind = $state<Kind>('zone');
  busy = $state(false);
  tried = $state(false);
  loaded = $state(false);

  constructor(cameraId: string) {
    this.cameraId = cameraId;
  }

  get draft(): Draft | null {
    return this.steps.current;
  }

  get card(): SituationCard | undefined {
    return this.draft ? situations.card(this.draft.situation) : undefined;
  }

  get kinds(): Kind[] {
    return this.card ? kindsOf(this.card) : [];
  }

  get stored(): Rule | undefined {
    return this.rules.find((rule) => rule.rule_id === this.draft?.ruleId);
  }

  get wrongs(): Wrong[] {
    return this.draft && this.card ? wrongs(this.draft, this.card) : [];
  }

  get editable(): boolean {
    return session.may('edit_rules');
  }

  async read(ruleId: string | null = null): Promise<void> {
    this.problem = null;
    try {
      const [camera, rules, purposes] = await Promise.all([
        readCamera(this.cameraId),
        readRules(this.cameraId),
        readPurposes(),
        situations.cards.length > 0 ? undefined : situations.read(),
      ]);
      this.camera = camera;
      this.rules = rules;
      this.purposes = purposes;
      this.loaded = true;
      const wanted = rules.find((rule) => rule.rule_id === ruleId) ?? rules[0];
      if (wanted) this.open(wanted);
      else this.#take(null);
    } catch (error) {
      this.problem = asProblem(error);
    }
  }

  open(rule: Rule): void {
    this.#take(opened(rule, situations.card(rule.situation)));
  }

  /** Put a former version on the board, to be saved as the next one. */
  take(former: Rule): void {
    const draft = this.draft;
    if (!draft) return;
    this.change({ ...opened(former, situations.card(former.situation)), version: draft.version }, '');
    announcer.say(t('editor.version_taken', { n: former.version }));
  }

  create(): void {
    const card = situations.cards.find((one) => one.implemented);
    if (card) this.#take(blank(card, this.purposes[0]?.purpose_id ?? ''));
  }

  change(next: Draft, gesture: string): void {
    const before = this.draft?.situation;
    this.steps.change(next, gesture);
    if (next.situation !== before) this.#settleKind();
  }

  /** Whether the draft may be left: the one question asked before work is lost. */
  mayLeave(): boolean {
    return !this.steps.dirty || confirm(t('editor.leave'));
  }

  async save(): Promise<void> {
    const [draft, card] = [this.draft, this.card];
    if (!draft || !card || this.busy) return;
    this.tried = true;
    if (this.wrongs.length > 0) {
      announcer.say(t('editor.not_ready'));
      return;
    }
    this.busy = true;
    this.saveProblem = null;
    try {
      const input = inputOf(draft, card);
      const saved = draft.ruleId
        ? await changeRule(draft.ruleId, input)
        : await addRule(this.cameraId, input);
      const others = this.rules.filter((rule) => rule.rule_id !== saved.rule_id);
      this.rules = draft.ruleId ? this.rules.map((rule) => (rule.rule_id === saved.rule_id ? saved : rule)) : [...others, saved];
      this.open(saved);
      announcer.say(t('editor.saved', { n: saved.version }));
    } catch (error) {
      await this.#failed(asProblem(error), draft);
    } finally {
      this.busy = false;
    }
  }

  /** Somebody saved meanwhile: take theirs, or put ours on top of it as the next version. */
  async settleConflict(keep: 'theirs' | 'mine'): Promise<void> {
    const theirs = this.theirs;
    if (!theirs || !this.draft) return;
    this.rules = this.rules.map((rule) => (rule.rule_id === theirs.rule_id ? theirs : rule));
    if (keep === 'theirs') {
      this.open(theirs);
      return;
    }
    this.theirs = null;
    this.saveProblem = null;
    this.steps.change({ ...this.draft, version: theirs.version });
    await this.save();
  }

  async remove(): Promise<void> {
    const ruleId = this.draft?.ruleId;
    if (!ruleId || !confirm(t('editor.remove_sure'))) return;
    this.busy = true;
    try {
      await removeRule(ruleId);
      this.steps.open(null);
      await this.read();
      announcer.say(t('editor.removed'));
    } catch (error) {
      this.saveProblem = asProblem(error);
    } finally {
      this.busy = false;
    }
  }

  async #failed(problem: Problem, draft: Draft): Promise<void> {
    this.saveProblem = problem;
    if (problem.status !== 409 || !draft.ruleId) return;
    const rules = await readRules(this.cameraId).catch(() => null);
    this.theirs = rules?.find((rule) => rule.rule_id === draft.ruleId) ?? null;
  }

  #take(draft: Draft | null): void {
    this.steps.open(draft);
    this.saveProblem = null;
    this.theirs = null;
    this.tried = false;
    this.#settleKind();
  }

  #settleKind(): void {
    if (!this.kinds.includes(this.kind)) this.kind = this.kinds[0] ?? 'zone';
  }
}
