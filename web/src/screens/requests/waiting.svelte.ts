import { readRequests } from '@/api/people';
import { feed } from '@/feed/feed.svelte';
import { session } from '@/session.svelte';

const POLL_MS = 20_000;

/** How many requests wait for an answer of this person: the badge of the tabs. */
class Waiting {
  count = $state(0);

  async read(): Promise<void> {
    try {
      this.count = (await readRequests(true)).filter((one) => !one.mine).length;
    } catch {
      // The figure stays as it was: the page of requests itself says what is wrong.
    }
  }

  /** Keep the figure up to date while somebody who answers requests is signed in; returns how to stop. */
  follow(): () => void {
    if (!session.may('second') || !session.may('see_requests')) {
      this.count = 0;
      return () => undefined;
    }
    void this.read();
    const every = setInterval(() => void this.read(), POLL_MS);
    const unlisten = feed.listen((message) => {
      if (message.event === 'request' || message.event === 'resumed') void this.read();
    });
    return () => {
      clearInterval(every);
      unlisten();
    };
  }
}

export const waiting = new Waiting();
