import { directScenarios } from './direct-scenarios.ts';
import { eventScenarios } from './event-scenarios.ts';
import type { Scenario } from './scenario.ts';
import { sweepScenarios } from './sweep-scenarios.ts';

export const scenarios: readonly Scenario[] = [
  ...eventScenarios.map((scenario) => ({ ...scenario, noticedBy: 'events' }) as const),
  ...sweepScenarios.map((scenario) => ({ ...scenario, noticedBy: 'sweep' }) as const),
  ...directScenarios,
];
