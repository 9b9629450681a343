import { readSession, signIn, signOut } from '@/api/calls';
import { keepCsrfToken, whenSignedOut } from '@/api/http';
import type { Role, Session, User } from '@/api/nouns';
import { asProblem, type Problem } from '@/api/problem';

const RANK: Record<Role, number> = { operator: 0, supervisor: 1, administrator: 2 };

class SignedIn {
  user = $state<User | null>(null);
  /** False until the server has said who we are. */
  known = $state(false);
  /** Set when a session ended under our feet, so that the sign-in page can say so. */
  ended = $state(false);
  trouble = $state<Problem | null>(null);

  constructor() {
    whenSignedOut(() => {
      // Several answers may say so at once: the first one tells, the others find nobody.
      if (this.user !== null) this.ended = true;
      this.user = null;
      keepCsrfToken('');
    });
  }

  may(role: Role): boolean {
    return this.user !== null && RANK[this.user.role] >= RANK[role];
  }

  async resume(): Promise<void> {
    this.trouble = null;
    try {
      this.#accept(await readSession());
    } catch (error) {
      const problem = asProblem(error);
      if (problem.status !== 401) this.trouble = problem;
    }
    this.known = true;
  }

  async enter(username: string, password: string): Promise<void> {
    this.#accept(await signIn(username, password));
  }

  async leave(): Promise<void> {
    await signOut();
    this.user = null;
    keepCsrfToken('');
  }

  #accept(session: Session): void {
    keepCsrfToken(session.csrf_token);
    this.user = session.user;
    this.ended = false;
    this.trouble = null;
  }
}

export const session = new SignedIn();
