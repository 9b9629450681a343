/** Live video: fragments from a socket into a media element, with stills as the floor under it. */
import { backoffMs } from '@/feed/sse';
import type { Box } from '@/api/nouns';

export interface LiveTrack {
  id: string;
  class: string;
  box: Box;
}

export type LiveMode = 'connecting' | 'video' | 'stills';

export interface LiveHooks {
  mode: (mode: LiveMode, why: string) => void;
  tracks: (tracks: LiveTrack[]) => void;
  shown: (how: Shown) => void;
}

/** Whether people are blurred, and until when they are not. */
export interface Shown {
  picture: string;
  lift_id: string | null;
  until_at: string | null;
}

const STALL_MS = 8_000;
const KEEP_S = 20;
const LAG_S = 2.5;
const EDGE_S = 0.35;
const MOST_WAITING = 200;
const HALF_FRAME_S = 0.02;

/** Boxes wait for their picture: they come as soon as they are known, the picture a buffer later. */
export class WaitingBoxes {
  #waiting: { atS: number; tracks: LiveTrack[] }[] = [];

  /** Keep boxes for a second of the picture's time axis; boxes without one are for now. */
  add(tracks: LiveTrack[], atS: number | undefined): LiveTrack[] | null {
    if (atS === undefined) return tracks;
    this.#waiting.push({ atS, tracks });
    if (this.#waiting.length > MOST_WAITING) this.#waiting.shift();
    return null;
  }

  /** The newest boxes whose picture is shown, or null when there are no new ones. */
  due(currentS: number): LiveTrack[] | null {
    let found: LiveTrack[] | null = null;
    while (this.#waiting[0] && this.#waiting[0].atS <= currentS + HALF_FRAME_S) found = this.#waiting.shift()!.tracks;
    return found;
  }

  clear(): void {
    this.#waiting = [];
  }
}

/** Where the picture should jump to, or null when it plays near enough to now. */
export function chase(currentS: number, startS: number, endS: number): number | null {
  if (currentS < startS - 0.05) return Math.max(startS, endS - EDGE_S);
  if (endS - currentS > LAG_S) return endS - EDGE_S;
  return null;
}

export class LivePlayer {
  readonly #video: HTMLVideoElement;
  readonly #url: string;
  readonly #hooks: LiveHooks;
  #socket: WebSocket | null = null;
  #media: MediaSource | null = null;
  #buffer: SourceBuffer | null = null;
  #objectUrl = '';
  #waiting: ArrayBuffer[] = [];
  #failures = 0;
  #why = '';
  #retry: ReturnType<typeof setTimeout> | undefined;
  #stall: ReturnType<typeof setTimeout> | undefined;
  #closed = false;
  #showing = false;
  #drawing = 0;
  readonly #boxes = new WaitingBoxes();

  constructor(video: HTMLVideoElement, url: string, hooks: LiveHooks) {
    this.#video = video;
    this.#url = url;
    this.#hooks = hooks;
    this.#connect();
    this.#draw();
  }

  close(): void {
    this.#closed = true;
    cancelAnimationFrame(this.#drawing);
    clearTimeout(this.#retry);
    this.#drop();
  }

  #connect(): void {
    this.#why = '';
    if (this.#failures === 0) this.#hooks.mode('connecting', '');
    const socket = new WebSocket(this.#url);
    socket.binaryType = 'arraybuffer';
    socket.onmessage = (event: MessageEvent<string | ArrayBuffer>) => {
      if (socket !== this.#socket) return;
      if (typeof event.data === 'string') this.#told(event.data);
      else this.#append(event.data);
    };
    socket.onclose = () => {
      if (socket === this.#socket) this.#fail(this.#why || 'lost');
    };
    this.#socket = socket;
    this.#watch();
  }

  #told(text: string): void {
    const message = JSON.parse(text) as { mime?: string; picture?: string; lift_id?: string | null; until_at?: string | null; tracks?: LiveTrack[]; at_s?: number; error?: string };
    if (message.tracks) this.#offer(this.#boxes.add(message.tracks, this.#showing ? message.at_s : undefined));
    if (message.error) this.#why = message.error;
    if (message.picture)
      this.#hooks.shown({ picture: message.picture, lift_id: message.lift_id ?? null, until_at: message.until_at ?? null });
    if (message.mime) this.#open(message.mime);
  }

  #offer(tracks: LiveTrack[] | null): void {
    if (tracks) this.#hooks.tracks(tracks);
  }

  #draw(): void {
    if (this.#closed) return;
    this.#offer(this.#boxes.due(this.#video.currentTime));
    this.#drawing = requestAnimationFrame(() => this.#draw());
  }

  #open(mime: string): void {
    this.#forgetMedia();
    if (typeof MediaSource === 'undefined' || !MediaSource.isTypeSupported(mime)) {
      this.#fail('unsupported');
      return;
    }
    const media = new MediaSource();
    this.#media = media;
    this.#objectUrl = URL.createObjectURL(media);
    this.#video.src = this.#objectUrl;
    media.addEventListener('sourceopen', () => {
      if (media !== this.#media) return;
      const buffer = media.addSourceBuffer(mime);
      buffer.mode = 'segments';
      buffer.addEventListener('updateend', () => this.#next());
      buffer.addEventListener('error', () => this.#fail('unreadable'));
      this.#buffer = buffer;
      this.#next();
    });
  }

  #append(bytes: ArrayBuffer): void {
    this.#watch();
    this.#waiting.push(bytes);
    this.#next();
  }

  #next(): void {
    const buffer = this.#buffer;
    if (!buffer || buffer.updating || this.#media?.readyState !== 'open') return;
    try {
      this.#followEdge(buffer);
      if (buffer.updating) return;
      const bytes = this.#waiting.shift();
      if (bytes) buffer.appendBuffer(bytes);
    } catch {
      this.#fail('unreadable');
    }
  }

  #followEdge(buffer: SourceBuffer): void {
    const ranges = buffer.buffered;
    if (ranges.length === 0) return;
    const start = ranges.start(ranges.length - 1);
    const end = ranges.end(ranges.length - 1);
    const target = chase(this.#video.currentTime, start, end);
    if (target !== null) this.#video.currentTime = target;
    if (this.#video.paused) void this.#video.play().catch(() => undefined);
    if (!this.#showing) {
      this.#showing = true;
      this.#failures = 0;
      this.#hooks.mode('video', '');
    }
    const first = ranges.start(0);
    if (this.#video.currentTime - first > KEEP_S) buffer.remove(first, this.#video.currentTime - KEEP_S / 2);
  }

  /** Nothing for a while is as bad as a closed socket: a frozen server keeps sockets open. */
  #watch(): void {
    clearTimeout(this.#stall);
    this.#stall = setTimeout(() => this.#fail('frozen'), STALL_MS);
  }

  #fail(why: string): void {
    if (this.#closed) return;
    this.#drop();
    this.#failures += 1;
    this.#hooks.tracks([]);
    this.#hooks.mode('stills', why);
    const wait = why === 'unsupported' ? 60_000 : backoffMs(this.#failures, Math.random());
    this.#retry = setTimeout(() => this.#connect(), wait);
  }

  #drop(): void {
    clearTimeout(this.#stall);
    const socket = this.#socket;
    this.#socket = null;
    socket?.close();
    this.#forgetMedia();
  }

  #forgetMedia(): void {
    this.#buffer = null;
    this.#media = null;
    this.#waiting = [];
    this.#boxes.clear();
    this.#showing = false;
    if (this.#objectUrl) {
      URL.revokeObjectURL(this.#objectUrl);
      this.#objectUrl = '';
      this.#video.removeAttribute('src');
      this.#video.load();
    }
  }
}
