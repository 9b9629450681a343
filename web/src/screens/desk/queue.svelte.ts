import { readCameras, readQueue } from '@/api/calls';
import type { Alert, Camera, CameraStatus, Governor } from '@/api/nouns';
import { asProblem, type Problem } from '@/api/problem';
import { feed } from '@/feed/feed.svelte';
import type { Message } from '@/feed/sse';
import { session } from '@/session.svelte';
import { LISTS, listOf, share, type ListName, type Lists } from '@/screens/desk/order';

const FLUSH_MS = 150;
const REFILL_BELOW = 200;

export interface QueueHooks {
  /** Alerts nobody here has seen yet. */
  arrived: (alerts: Alert[]) => void;
}

/** The desk's copy of the queue: read once, then kept true by the stream of news. */
export class DeskQueue {
  lists = $state.raw<Lists>({ shown: [], held: [], snoozed: [] });
  /** How many alerts each list has beyond those that were sent: a long queue comes in parts. */
  beyond = $state.raw<Record<ListName, number>>({ shown: 0, held: 0, snoozed: 0 });
  governor = $state.raw<Governor | null>(null);
  cameras = $state.raw<Camera[]>([]);
  problem = $state<Problem | null>(null);
  loaded = $state(false);
  #alerts = new Map<string, Alert>();
  #met = new Set<string>();
  #fresh: Alert[] = [];
  #flush: ReturnType<typeof setTimeout> | undefined;
  #reread: ReturnType<typeof setTimeout> | undefined;
  #asked = 0;
  #changedSince = new Map<string, Alert>();
  readonly #hooks: QueueHooks;

  constructor(hooks: QueueHooks) {
    this.#hooks = hooks;
  }

  /** Begin; the returned function ends it. */
  start(): () => void {
    void this.read();
    const unlisten = feed.listen((message) => this.#take(message));
    const ticking = setInterval(() => this.#wake(), 3_000);
    return () => {
      unlisten();
      clearInterval(ticking);
      clearTimeout(this.#flush);
      clearTimeout(this.#reread);
    };
  }

  total(list: ListName): number {
    return this.lists[list].length + this.beyond[list];
  }

  camera(cameraId: string): Camera | undefined {
    return this.cameras.find((camera) => camera.camera_id === cameraId);
  }

  async read(): Promise<void> {
    const asking = ++this.#asked;
    this.#changedSince.clear();
    try {
      const [queue, cameras] = await Promise.all([readQueue(), readCameras()]);
      if (asking !== this.#asked) return;
      const listed = [...queue.shown, ...queue.held, ...queue.snoozed].map((one) => [one.alert_id, one] as const);
      // News that came while the answer was under way is newer than the answer.
      this.#alerts = new Map([...listed, ...this.#changedSince]);
      this.beyond = {
        shown: Math.max(0, queue.shown_total - queue.shown.length),
        held: Math.max(0, queue.held_total - queue.held.length),
        snoozed: Math.max(0, queue.snoozed_total - queue.snoozed.length),
      };
      this.governor = queue.governor;
      this.cameras = cameras;
      this.problem = null;
      const first = !this.loaded;
      this.loaded = true;
      this.#meet([...this.#alerts.values()], first);
      this.#show();
    } catch (error) {
      if (asking !== this.#asked) return;
      this.problem = asProblem(error);
      this.#readSoon(5_000);
    }
  }

  /** Take an alert as the server now says it is. */
  put(alert: Alert): void {
    this.#alerts.set(alert.alert_id, alert);
    this.#changedSince.set(alert.alert_id, alert);
    this.#meet([alert], false);
    this.#flush ??= setTimeout(() => this.#show(), FLUSH_MS);
  }

  /** Show what was put without waiting for others: after an answer the operator sees its effect at once. */
  show(): void {
    this.#show();
  }

  #meet(alerts: Alert[], silent: boolean): void {
    for (const alert of alerts) {
      if (this.#met.has(alert.alert_id)) continue;
      this.#met.add(alert.alert_id);
      if (!silent && alert.state === 'open') this.#fresh.push(alert);
    }
  }

  #show(): void {
    clearTimeout(this.#flush);
    this.#flush = undefined;
    const me = session.user?.username ?? '';
    for (const [alertId, alert] of this.#alerts) {
      if (listOf(alert, me) === null) this.#alerts.delete(alertId);
    }
    this.lists = share(this.#alerts.values(), me);
    const fresh = this.#fresh;
    this.#fresh = [];
    if (fresh.length > 0) this.#hooks.arrived(fresh);
  }

  #take(message: Message): void {
    if (message.event === 'alert') this.put(JSON.parse(message.data) as Alert);
    else if (message.event === 'governor') this.governor = JSON.parse(message.data) as Governor;
    else if (message.event === 'camera') this.#status(JSON.parse(message.data) as CameraStatus);
    else if (message.event === 'reset' || message.event === 'resumed') this.#readSoon(0);
  }

  #status(status: CameraStatus): void {
    this.cameras = this.cameras.map((camera) =>
      camera.camera_id === status.camera_id ? { ...camera, status: { ...camera.status, ...status } } : camera,
    );
  }

  /** A snooze that is over brings its alert back even if the word of it was lost; a list worked off gets its next part. */
  #wake(): void {
    const now = Date.now() - 2_000;
    const due = this.lists.snoozed.some((one) => one.snoozed_until && Date.parse(one.snoozed_until) < now);
    const worked = LISTS.some((name) => this.beyond[name] > 0 && this.lists[name].length < REFILL_BELOW);
    if (due || worked) this.#readSoon(0);
  }

  #readSoon(waitMs: number): void {
    clearTimeout(this.#reread);
    this.#reread = setTimeout(() => void this.read(), waitMs);
  }
}
