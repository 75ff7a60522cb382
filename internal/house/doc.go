// Package house holds no code: its tests are the rules of the house. They read the source, the documents and the schema, and
// say where a rule is broken: who may import whom, where SQL and the machine's clock may stand, that every statement compiles
// on both engines, that what the product claims for a clause of the notice is cited by a test, that names and documents exist.
package house
