// Addresses of pages.

export const sessionUrl = (key) => `/sessions/${encodeURIComponent(key)}`;
export const personUrl = (key, participant) => `${sessionUrl(key)}/participants/${encodeURIComponent(participant)}`;
export const groupUrl = (key, where) => `${sessionUrl(key)}/groups?${new URLSearchParams(where)}`;

/** Return the key in this page's own address. */
export const ownKey = () => decodeURIComponent(location.pathname.split("/")[2] ?? "");

/** Return an address if it leads into this site, else null. */
export function safeUrl(url) {
  return typeof url === "string" && url.startsWith("/") && !url.startsWith("//") ? url : null;
}
