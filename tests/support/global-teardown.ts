export default (): void => globalThis.endPrograms?.();
