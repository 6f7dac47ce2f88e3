/** Limits the time of one call. Without the third setting, the SDK only warns about a call without an answer, and waits forever. */
export const requestHandler = {
  connectionTimeout: 3_000,
  requestTimeout: 10_000,
  throwOnRequestTimeout: true,
};
