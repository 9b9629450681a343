/** What went wrong, in a form a screen can translate: `code` is stable, the texts are the server's own words. */

export interface Fault {
  where: string;
  what: string;
  mend: string;
}

export class Problem extends Error {
  readonly code: string;
  readonly status: number;
  readonly detail: string;
  readonly mend: string;
  readonly faults: Fault[];

  constructor(given: { code: string; status?: number; detail?: string; mend?: string; faults?: Fault[] }) {
    super(given.detail || given.code);
    this.code = given.code;
    this.status = given.status ?? 0;
    this.detail = given.detail ?? '';
    this.mend = given.mend ?? '';
    this.faults = given.faults ?? [];
  }

  /** Whether trying the very same request again can help. */
  get passing(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** Read an error answer; one that is no problem document still becomes a Problem named by its status. */
export function problemOf(status: number, body: unknown): Problem {
  const given = (typeof body === 'object' && body !== null ? body : {}) as Record<string, unknown>;
  const listed = Array.isArray(given['errors']) ? (given['errors'] as Record<string, unknown>[]) : [];
  return new Problem({
    code: text(given['code']) || `http_${status}`,
    status,
    detail: text(given['detail']) || text(given['title']),
    mend: text(given['mend']),
    faults: listed.map((one) => ({ where: text(one['where']), what: text(one['what']), mend: text(one['mend']) })),
  });
}

/** Any thrown thing as a Problem: what `fetch` throws means that nobody answered. */
export function asProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof DOMException && error.name === 'TimeoutError') return new Problem({ code: 'timeout' });
  if (error instanceof TypeError) return new Problem({ code: 'network' });
  return new Problem({ code: 'unexpected', detail: error instanceof Error ? error.message : String(error) });
}
