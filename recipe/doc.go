// Package recipe holds the stages of an experiment, and the experiment that
// runs them once each.
//
// A stage is one function from folders to a folder, which appears whole or not
// at all; the verbs of the command line are these same functions.
package recipe
