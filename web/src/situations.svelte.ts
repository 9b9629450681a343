import { readSituations } from '@/api/calls';
import type { SituationCard } from '@/api/nouns';
import { asProblem, type Problem } from '@/api/problem';
import { preferences } from '@/preferences.svelte';

/** What this installation can watch for, with its words and parameters. Read once a session. */
class Situations {
  cards = $state.raw<SituationCard[]>([]);
  problem = $state<Problem | null>(null);

  async read(): Promise<void> {
    try {
      this.cards = await readSituations();
      this.problem = null;
    } catch (error) {
      this.problem = asProblem(error);
    }
  }

  card(situation: string): SituationCard | undefined {
    return this.cards.find((card) => card.situation === situation);
  }

  label(situation: string): string {
    const card = this.card(situation);
    if (!card) return situation.replaceAll('_', ' ');
    const label = preferences.language === 'fr' ? card.label_fr : card.label_en;
    return label ? label.charAt(0).toLocaleUpperCase() + label.slice(1) : situation;
  }
}

export const situations = new Situations();
