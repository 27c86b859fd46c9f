/** Text that becomes a query is a constant; values travel as parameters, names through the quoting module. */
const query = "CallExpression[callee.property.name='query']";
const message = 'A query built from text: use parameters, and quote identifiers through the quoting module.';

/** Syntax that is refused everywhere. It stands alone so that a test can feed it failing fixtures. */
export const unsafeSyntax = [
  {
    selector: 'CallExpression[callee.property.name=/^(\\$queryRawUnsafe|\\$executeRawUnsafe)$/]',
    message: 'Raw SQL from text: use parameters.',
  },
  { selector: `${query} > TemplateLiteral.arguments[expressions.length>0]:first-child`, message },
  { selector: `${query} > BinaryExpression.arguments[operator='+']:first-child`, message },
  {
    selector: "Property[key.name='rejectUnauthorized'][value.value=false]",
    message: 'TLS without verification is no TLS.',
  },
  {
    selector: "Property[key.name='checkServerIdentity']",
    message: 'The name in a certificate is checked by TLS.',
  },
  {
    selector: "Property[key.name='minVersion'][value.value=/^(TLSv1(\\.1)?|SSLv.*)$/]",
    message: 'TLS below 1.2 is broken.',
  },
  {
    selector: "Literal[value='NODE_TLS_REJECT_UNAUTHORIZED']",
    message: 'TLS without verification is no TLS.',
  },
];

/** Refused in the product, where texts come from strangers; tests and the simulator may. */
export const patternsAtRunTime = {
  selector: ":matches(NewExpression, CallExpression)[callee.name='RegExp']",
  message: 'A pattern made at run time: whoever chooses it chooses how long it runs. Write it down.',
};
