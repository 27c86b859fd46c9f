import { noTracer, type Tracer } from '@umbra/domain';

/**
 * The same port, each of whose questions is a step of the trace. So the steps are drawn where the parts are joined, and
 * neither the read path nor the write path knows of it.
 * @param name first half of each step's name; the second is the method's
 */
export function traced<T extends object>(tracer: Tracer, name: string, port: T): T {
  if (tracer === noTracer) return port;
  return new Proxy(port, {
    get(target, property) {
      const member: unknown = Reflect.get(target, property, target);
      if (typeof member !== 'function') return member;
      return (...words: unknown[]): unknown =>
        tracer.span(`${name}.${String(property)}`, {}, () => Reflect.apply(member, target, words) as unknown);
    },
  });
}
