const INFO = 'https://www.cumulocity.com/guides/reference-guide/#error_reporting';

/** A REST answer that is an error: status plus the platform's error body. */
export class RestError extends Error {
  override readonly name = 'RestError';
  /** HTTP status. */
  readonly status: number;
  /** `<resource>/<Name>` as in the error body. */
  readonly error: string;

  constructor(status: number, error: string, message: string) {
    super(message);
    this.status = status;
    this.error = error;
  }
}

/** JSON text of the error body that every failed REST call answers. */
export function errorBody(error: string, message: string): string {
  return JSON.stringify({ error, message, info: INFO });
}

/** 401 as the platform words it. */
export function unauthorized(): RestError {
  return new RestError(401, 'security/Unauthorized', 'Invalid credentials! : Bad credentials');
}

/** 403 as the platform words it. */
export function forbidden(): RestError {
  return new RestError(403, 'security/Forbidden', 'Access is denied.');
}

/** 404 of a resource. */
export function notFound(resource: string, message: string): RestError {
  return new RestError(404, `${resource}/Not Found`, message);
}

/** 422 of a resource. */
export function unprocessable(resource: string, message: string): RestError {
  return new RestError(422, `${resource}/Unprocessable Entity`, message);
}
