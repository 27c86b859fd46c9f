import { UmbraError } from '@umbra/domain';

/**
 * Links in answers (`nextRecordsUrl`) are used as paths on the instance that we already know, never as
 * addresses: an answer that was tampered with cannot send the token elsewhere. Dots, encoded slashes, backslashes and
 * another API version are refused, since no documented link has them.
 */

/** One or more plain segments below `/services/data/vXX.X/`. The documented `nextRecordsUrl` has no query string. */
const plainPath = /^\/services\/data\/v(\d{1,3}\.\d)((?:\/[A-Za-z0-9_-]+)+)$/;

/**
 * The link as a path below the API version: `/query/01gD0000002HU6KIAW-2000`.
 * @throws UmbraError SF_URL_REFUSED
 */
export function followedPath(link: string, apiVersion: string): string {
  const [, version, path] = (link.length <= 2000 ? plainPath.exec(link) : null) ?? [];
  if (path === undefined || version !== apiVersion)
    throw new UmbraError('SF_URL_REFUSED', 'A link in an answer of Salesforce is no path of its API', {
      details: { source: 'followed link', reason: path === undefined ? 'path' : 'version' },
    });
  return path;
}

/** Bulk locators are opaque tokens; only this alphabet occurs in them. */
const plainLocator = /^[A-Za-z0-9_=+/-]{1,512}$/;

/**
 * A locator of an answer, safe as the value of a query parameter.
 * @throws UmbraError SF_URL_REFUSED
 */
export function safeLocator(locator: string): string {
  if (!plainLocator.test(locator))
    throw new UmbraError('SF_URL_REFUSED', 'A result locator of Salesforce has characters that none has', {
      details: { source: 'locator', reason: 'characters' },
    });
  return encodeURIComponent(locator);
}

/** Job ids go into paths: 15 or 18 letters and digits. @throws UmbraError SF_URL_REFUSED */
export function safeJobId(jobId: string): string {
  if (!/^750[A-Za-z0-9]{12}(?:[A-Za-z0-9]{3})?$/.test(jobId))
    throw new UmbraError('SF_URL_REFUSED', 'A Bulk job id is no id of Salesforce', {
      details: { source: 'job id', reason: 'characters' },
    });
  return jobId;
}
