/** Addresses of the pages. */

export type Route =
  | { screen: 'desk' }
  | { screen: 'cameras' }
  | { screen: 'editor'; cameraId: string; ruleId: string | null }
  | { screen: 'history'; query: URLSearchParams }
  | { screen: 'print'; alertId: string }
  | { screen: 'unknown' };

const decode = (part: string): string | null => {
  try {
    return decodeURIComponent(part);
  } catch {
    return null;
  }
};

/** The page an address names; a trailing slash does not matter. */
export function routeOf(pathname: string, search = ''): Route {
  const parts = pathname.split('/').filter((part) => part !== '');
  const [first, second, third] = parts;
  const named = second === undefined ? null : decode(second);
  if (parts.length === 0) return { screen: 'desk' };
  if (parts.length === 1 && first === 'cameras') return { screen: 'cameras' };
  if (parts.length === 1 && first === 'history') return { screen: 'history', query: new URLSearchParams(search) };
  if (parts.length === 3 && first === 'cameras' && third === 'rules' && named) {
    return { screen: 'editor', cameraId: named, ruleId: new URLSearchParams(search).get('rule') };
  }
  if (parts.length === 3 && first === 'alerts' && third === 'print' && named) {
    return { screen: 'print', alertId: named };
  }
  return { screen: 'unknown' };
}

export const rulesPath = (cameraId: string): string => `/cameras/${encodeURIComponent(cameraId)}/rules`;
export const printPath = (alertId: string): string => `/alerts/${encodeURIComponent(alertId)}/print`;
