import { apiErrors } from './known-errors/api.ts';
import { awsErrors } from './known-errors/aws.ts';
import { deliveryErrors } from './known-errors/delivery.ts';
import { exchangeErrors } from './known-errors/exchange.ts';
import type { KnownError } from './known-errors/known-error.ts';
import { ledgerErrors } from './known-errors/ledger.ts';
import { metadataErrors } from './known-errors/metadata.ts';
import { policyErrors } from './known-errors/policy.ts';
import { requestErrors } from './known-errors/request.ts';

/** In the order of the links of the chain. */
export const knownErrors: readonly KnownError[] = [
  ...requestErrors,
  ...ledgerErrors,
  ...policyErrors,
  ...deliveryErrors,
  ...metadataErrors,
  ...awsErrors,
  ...exchangeErrors,
  ...apiErrors,
];
