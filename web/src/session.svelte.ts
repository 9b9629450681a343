import { giveCode, readSession, signIn, signOut } from '@/api/calls';
import { keepCsrfToken, whenSignedOut } from '@/api/http';
import type { Right, Session, User } from '@/api/nouns';
import { asProblem, type Problem } from '@/api/problem';

const HALFWAY = 'beffroi.signin.code';

/** Remember in this tab that the code is what is still missing, so that a reload goes on there. Tells nothing secret. */
function keepHalfway(halfway: boolean): void {
  try {
    if (halfway) sessionStorage.setItem(HALFWAY, 'yes');
    else sessionStorage.removeItem(HALFWAY);
  } catch {
    // A browser without storage starts again with the password.
  }
}

function wasHalfway(): boolean {
  try {
    return sessionStorage.getItem(HALFWAY) !== null;
  } catch {
    return false;
  }
}

class SignedIn {
  user = $state<User | null>(null);
  rights = $state<ReadonlySet<Right>>(new Set());
  /** What is left of signing in: the code of the second factor, or setting one up. */
  step = $state<Session['step']>('done');
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

  /** What the server said this person may do. It checks again: this only spares people buttons that would refuse. */
  may(right: Right): boolean {
    return this.user !== null && this.rights.has(right);
  }

  async resume(): Promise<void> {
    this.trouble = null;
    try {
      this.accept(await readSession());
    } catch (error) {
      const problem = asProblem(error);
      if (problem.status !== 401) this.trouble = problem;
      else if (wasHalfway()) this.step = 'code';
    }
    this.known = true;
  }

  async enter(username: string, password: string): Promise<void> {
    this.accept(await signIn(username, password));
  }

  /** The second step: the code of the authenticator, or a recovery code. */
  async giveCode(code: string): Promise<void> {
    this.accept(await giveCode(code));
  }

  /** Back to the first step: the right password alone is worth nothing. */
  forgetStep(): void {
    keepHalfway(false);
    this.step = 'done';
  }

  async leave(): Promise<void> {
    await signOut();
    this.user = null;
    this.step = 'done';
    keepCsrfToken('');
  }

  /** Take over what the server says of the session: after each step, and whenever it gives a new token. */
  accept(session: Session): void {
    keepCsrfToken(session.csrf_token);
    keepHalfway(session.step === 'code');
    this.user = session.user;
    this.step = session.step;
    this.rights = new Set(session.rights);
    this.ended = false;
    this.trouble = null;
  }
}

export const session = new SignedIn();
