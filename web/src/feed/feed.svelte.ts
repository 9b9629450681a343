import { API } from '@/api/http';
import { backoffMs, SseParser, type Message } from '@/feed/sse';

const SILENCE_MS = 45_000;

type Listener = (message: Message) => void;

/** The stream of news. `EventSource` cannot resume by itself once a server has answered an error: this one can. */
class Feed {
  /** 'off' before sign-in; 'lost' means that what is on screen may be old. */
  state = $state<'off' | 'connecting' | 'live' | 'lost'>('off');
  /** When the server last said anything, news or sign of life. */
  lastNewsAt = $state<number | null>(null);
  #lastId = '';
  #listeners = new Set<Listener>();
  #stop: AbortController | null = null;
  #failures = 0;

  listen(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  start(): void {
    if (this.#stop) return;
    this.#stop = new AbortController();
    this.state = 'connecting';
    void this.#run(this.#stop.signal);
  }

  stop(): void {
    this.#stop?.abort();
    this.#stop = null;
    this.#lastId = '';
    this.#failures = 0;
    this.state = 'off';
  }

  async #run(stopped: AbortSignal): Promise<void> {
    while (!stopped.aborted) {
      await this.#read(stopped).catch(() => undefined);
      if (stopped.aborted) return;
      this.#failures += 1;
      this.state = 'lost';
      await new Promise<void>((wake) => {
        const timer = setTimeout(wake, backoffMs(this.#failures, Math.random()));
        const now = () => {
          clearTimeout(timer);
          wake();
        };
        stopped.addEventListener('abort', now, { once: true });
        addEventListener('online', now, { once: true });
      });
    }
  }

  async #read(stopped: AbortSignal): Promise<void> {
    const silent = new AbortController();
    let watchdog = setTimeout(() => silent.abort(), SILENCE_MS);
    const headers: Record<string, string> = { Accept: 'text/event-stream' };
    if (this.#lastId) headers['Last-Event-ID'] = this.#lastId;
    try {
      const signal = AbortSignal.any([stopped, silent.signal]);
      const answer = await fetch(`${API}/events/stream`, { headers, signal, credentials: 'same-origin' });
      if (!answer.ok || !answer.body) throw new Error(`the event stream answered ${answer.status}`);
      const again = this.#failures > 0;
      this.#failures = 0;
      this.state = 'live';
      this.lastNewsAt = Date.now();
      if (again) this.#tell({ event: 'resumed', data: '', id: '' });
      const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
      const parser = new SseParser();
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return;
        clearTimeout(watchdog);
        watchdog = setTimeout(() => silent.abort(), SILENCE_MS);
        this.lastNewsAt = Date.now();
        for (const message of parser.push(value)) this.#tell(message);
        if (parser.lastId) this.#lastId = parser.lastId;
      }
    } finally {
      clearTimeout(watchdog);
    }
  }

  #tell(message: Message): void {
    for (const listener of this.#listeners) listener(message);
  }
}

export const feed = new Feed();
