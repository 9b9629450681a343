import { routeOf, type Route } from '@/route';

class Place {
  #path = $state(location.pathname + location.search);
  #leaving: (() => boolean) | null = null;

  constructor() {
    addEventListener('popstate', () => {
      this.#path = location.pathname + location.search;
    });
  }

  get path(): string {
    return this.#path;
  }

  get route(): Route {
    const [pathname = '/', search = ''] = this.#path.split(/(?=\?)/);
    return routeOf(pathname, search);
  }

  /** Go to a page; `replace` leaves no step to come back to (filters, for instance). */
  go(path: string, { replace = false } = {}): void {
    if (path === this.#path) return;
    if (!replace && this.#leaving && !this.#leaving()) return;
    if (replace) history.replaceState(null, '', path);
    else history.pushState(null, '', path);
    this.#path = path;
  }

  /** Ask before the page is left, as long as the returned function has not been called. */
  guard(mayLeave: () => boolean): () => void {
    this.#leaving = mayLeave;
    return () => {
      if (this.#leaving === mayLeave) this.#leaving = null;
    };
  }
}

export const place = new Place();

/** For `onclick` of a plain link: move inside the application, but leave new tabs and downloads alone. */
export function follow(event: MouseEvent): void {
  const link = event.currentTarget as HTMLAnchorElement;
  if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey || link.target) return;
  event.preventDefault();
  place.go(link.pathname + link.search);
}
