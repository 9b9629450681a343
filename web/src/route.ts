/** Addresses of the pages. */

/** The pages of governance, in the order of their tabs. */
export const GOVERNANCE_TABS = [
  'authorisations',
  'requests',
  'accounts',
  'journal',
  'retention',
  'figures',
  'cases',
  'transparency',
] as const;
export type GovernanceTab = (typeof GOVERNANCE_TABS)[number];

export type Route =
  | { screen: 'desk' }
  | { screen: 'cameras' }
  | { screen: 'editor'; cameraId: string; ruleId: string | null }
  | { screen: 'history'; query: URLSearchParams }
  | { screen: 'print'; alertId: string }
  | { screen: 'privacy'; cameraId: string }
  | { screen: 'governance'; tab: GovernanceTab; query: URLSearchParams }
  | { screen: 'account' }
  | { screen: 'register'; noticeOf: string | null }
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
  if (parts.length === 1 && first === 'account') return { screen: 'account' };
  if (first === 'register' && parts.length === 1) return { screen: 'register', noticeOf: null };
  if (first === 'register' && second === 'notice' && parts.length === 3 && third) {
    return { screen: 'register', noticeOf: decode(third) };
  }
  if (first === 'governance' && parts.length <= 2) {
    const tab = GOVERNANCE_TABS.find((one) => one === (second ?? GOVERNANCE_TABS[0]));
    if (tab) return { screen: 'governance', tab, query: new URLSearchParams(search) };
  }
  if (parts.length === 3 && first === 'cameras' && third === 'privacy' && named) {
    return { screen: 'privacy', cameraId: named };
  }
  if (parts.length === 3 && first === 'cameras' && third === 'rules' && named) {
    return { screen: 'editor', cameraId: named, ruleId: new URLSearchParams(search).get('rule') };
  }
  if (parts.length === 3 && first === 'alerts' && third === 'print' && named) {
    return { screen: 'print', alertId: named };
  }
  return { screen: 'unknown' };
}

export const rulesPath = (cameraId: string): string => `/cameras/${encodeURIComponent(cameraId)}/rules`;
export const privacyPath = (cameraId: string): string => `/cameras/${encodeURIComponent(cameraId)}/privacy`;
export const governancePath = (tab: GovernanceTab): string => `/governance/${tab}`;
export const printPath = (alertId: string): string => `/alerts/${encodeURIComponent(alertId)}/print`;
