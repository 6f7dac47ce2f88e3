import type { HttpRequest } from '../http.ts';
import { ec2Protocol } from './ec2-wire.ts';
import { jsonProtocol } from './json-wire.ts';
import { lambdaOperations } from './lambda-wire.ts';
import { isForm, type Protocol } from './protocol.ts';
import { queryProtocol } from './query-wire.ts';
import { restProtocol } from './rest-wire.ts';
import { s3Protocol } from './s3-wire.ts';

/** A service's protocol. For an unknown service, the protocol of its request, so that the client can read the refusal. */
export const protocolOf = (service: string, request: HttpRequest): Protocol => {
  const known = protocols[service];
  if (known !== undefined) return known;
  if (request.headers['x-amz-target'] !== undefined) return jsonProtocol(service);
  return isForm(request) ? queryProtocol : restProtocol(service, []);
};

const protocols: Readonly<Record<string, Protocol>> = {
  iam: queryProtocol,
  sts: queryProtocol,
  cloudformation: queryProtocol,
  ec2: ec2Protocol,
  s3: s3Protocol,
  lambda: restProtocol('lambda', lambdaOperations),
  ...Object.fromEntries(
    ['ssm', 'dynamodb', 'sqs', 'events', 'cloudtrail', 'logs', 'ecr', 'organizations'].map((service) => [
      service,
      jsonProtocol(service),
    ]),
  ),
};
