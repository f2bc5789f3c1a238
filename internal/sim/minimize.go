package sim

import "time"

// Minimize runs the schedule of a seed that fails, and gives a short list of actions that fail by
// the same rule: none of them can be left out, unless patience came to its end before.
func Minimize(c Config, seed uint64, patience time.Duration) []Action {
	w := run(c, seed, true, nil)
	if w.Violation == nil {
		return nil
	}
	until := time.Now().Add(patience)
	fails := func(actions []Action) bool {
		v := Replay(c, seed, actions, nil).Violation
		return v != nil && v.Rule == w.Violation.Rule
	}
	if !fails(w.actions) {
		return w.actions
	}
	return reduce(w.actions, fails, func() bool { return time.Now().After(until) })
}

// reduce is delta debugging: it leaves out parts of a list as long as it fails without them, large
// ones first.
//
// https://www.st.cs.uni-saarland.de/papers/tse2002/
func reduce[T any](list []T, fails func([]T) bool, enough func() bool) []T {
	for size := len(list) / 2; size > 0; size /= 2 {
		for again := true; again; {
			again = false
			for start := 0; start < len(list); {
				if enough() {
					return list
				}
				end := min(start+size, len(list))
				without := append(append(make([]T, 0, len(list)), list[:start]...), list[end:]...)
				if fails(without) {
					list, again = without, true
				} else {
					start = end
				}
			}
			if size > 1 {
				break // the small ones are tried until none can be left out
			}
		}
	}
	return list
}
