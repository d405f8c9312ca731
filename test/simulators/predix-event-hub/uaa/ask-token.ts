import { type HttpReply, httpCall } from '../auth/http-call.js';

/** Who asks for which token. */
export interface TokenQuestion {
  readonly clientId: string;
  readonly secret: string;
  /** Scopes, separated by spaces; absent = all the client may have. */
  readonly scope?: string;
  /** Certificate authority in PEM for a UAA with a certificate of its own. */
  readonly ca?: string;
}

/** Value of a Basic header. */
export function basic(clientId: string, secret: string): string {
  return `Basic ${Buffer.from(`${clientId}:${secret}`).toString('base64')}`;
}

/** Sends a form to a UAA; see {@link httpCall} for errors. */
export function postForm(
  url: string,
  authorization: string | undefined,
  form: Readonly<Record<string, string>>,
  ca?: string,
): Promise<HttpReply> {
  const type = { 'Content-Type': 'application/x-www-form-urlencoded' };
  return httpCall(url, {
    method: 'POST',
    headers: authorization === undefined ? type : { ...type, Authorization: authorization },
    body: new URLSearchParams(form).toString(),
    ca,
  });
}

/**
 * Gets a token the way the SDKs do (Predix contract, section 10).
 *
 * @param issuer URL of the token endpoint
 * @throws Error with the status when the token is refused
 */
export async function askToken(issuer: string, question: TokenQuestion): Promise<string> {
  const { clientId, secret, scope, ca } = question;
  const form = {
    grant_type: 'client_credentials',
    response_type: 'token',
    ...(scope === undefined ? {} : { scope }),
  };
  const { status, text } = await postForm(issuer, basic(clientId, secret), form, ca);
  if (status !== 200) throw new Error(`The token was refused with ${status}.`);
  return (JSON.parse(text) as { access_token: string }).access_token;
}
