/** How long one call may take. Without the third the SDK only warns of one that is never answered, and waits for ever. */
export const requestHandler = {
  connectionTimeout: 3_000,
  requestTimeout: 10_000,
  throwOnRequestTimeout: true,
};
