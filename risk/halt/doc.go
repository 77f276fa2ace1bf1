// Package halt holds the risk rules that stop trading. Closing positions stays allowed
// while they do.
//
// There is one type, [MaxDrawdown], which is its own configuration.
//
// # Caveats
//
// What falls between two bar closes is seen at the later one. A halt bounds new risk,
// not the loss of what is held: action = "flatten" sells that too, at the next open. A
// rule measures with the bars of the strategies that name it, at their interval.
package halt
