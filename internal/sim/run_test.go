package sim

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/entangle-go/entangle/protocol"
)

// A seed is a schedule: what happens in it is the same each time, with a trace and without.
func TestSeedsRepeat(t *testing.T) {
	for _, c := range Configs() {
		var lines [2]strings.Builder
		var actions [2]string
		for i := range lines {
			w := run(c, 5, true, func(line string) { fmt.Fprintln(&lines[i], line) })
			actions[i] = fmt.Sprint(w.actions)
		}
		if lines[0].String() != lines[1].String() || actions[0] != actions[1] {
			t.Errorf("%s: the same seed does two things", c.Name)
		}
		if w := Run(c, 5); w.Violation != nil {
			t.Errorf("%s: %v", c.Name, w.Violation)
		}
	}
}

// A list of actions does what its schedule did, and keeps its meaning when some are left out: what
// is left is a schedule as any other.
func TestActionsKeepTheirMeaning(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	for _, c := range Configs() {
		w := run(c, 7, true, nil)
		if again := Replay(c, 7, w.actions, nil); again.Violation != nil || again.Counts.Posts != w.Counts.Posts ||
			again.Counts.Dispatches != w.Counts.Dispatches || again.Counts.Packets != w.Counts.Packets {
			t.Errorf("%s: replayed %+v: %v, was %+v", c.Name, again.Counts, again.Violation, w.Counts)
		}
		for keep := range 10 {
			some := slices.DeleteFunc(slices.Clone(w.actions), func(Action) bool { return r.IntN(10) > keep })
			if v := Replay(c, 7, some, nil).Violation; v != nil {
				t.Errorf("%s: %d of %d actions: %v", c.Name, len(some), len(w.actions), v)
			}
		}
	}
}

// The actions of a schedule that fails are made fewer until none can be left out.
func TestMinimize(t *testing.T) {
	c := named("moves", protocol.Mutations{NoQueue: true})
	seed := uint64(0)
	for Run(c, seed).Violation == nil {
		seed++
	}
	all, few := run(c, seed, true, nil), Minimize(c, seed, time.Minute)
	rule := all.Violation.Rule
	if v := Replay(c, seed, few, nil).Violation; v == nil || v.Rule != rule || len(few) > len(all.actions)/4 {
		t.Errorf("%d of %d actions: %v", len(few), len(all.actions), v)
	}
	for i := range few {
		if v := Replay(c, seed, slices.Delete(slices.Clone(few), i, i+1), nil).Violation; v != nil && v.Rule == rule {
			t.Errorf("action %d can be left out: %v", i+1, few[i])
		}
	}
	if Minimize(named("moves", protocol.Mutations{}), 0, 0) != nil {
		t.Error("a schedule that does not fail is minimized")
	}
}

// reduce finds the few items that matter.
func TestReduce(t *testing.T) {
	list := make([]int, 1000)
	for i := range list {
		list[i] = i
	}
	tries := 0
	few := reduce(list, func(l []int) bool {
		tries++
		return slices.Contains(l, 3) && slices.Contains(l, 500) && slices.Contains(l, 999)
	}, func() bool { return false })
	if !slices.Equal(few, []int{3, 500, 999}) || tries > 300 {
		t.Errorf("%v after %d tries", few, tries)
	}
	if few := reduce(list, func([]int) bool { return true }, func() bool { return true }); len(few) != len(list) {
		t.Errorf("without patience %d are left", len(few))
	}
}

// Packets that are lost are lost, those that come twice do, and nothing comes of it but time.
func TestLossAndDoubling(t *testing.T) {
	for _, c := range Configs() {
		if c.Name != "lossy" && (c.Lose != 0 || c.Double != 0) {
			t.Errorf("%s loses or doubles", c.Name)
		}
	}
	losing, doubling := named("moves", protocol.Mutations{}), named("closes-deaths", protocol.Mutations{})
	losing.Lose, doubling.Double = 20, 10
	var lost, doubled Counts
	for seed := range uint64(20) {
		for c, counts := range map[*Config]*Counts{&losing: &lost, &doubling: &doubled} {
			w := Run(*c, seed)
			counts.Add(w.Counts)
			if w.Violation != nil {
				t.Errorf("%s, seed %d: %v", c.Name, seed, w.Violation)
			}
		}
	}
	if lost.Lost == 0 || lost.Doubled != 0 || doubled.Doubled == 0 || doubled.Lost != 0 {
		t.Errorf("%d and %d are lost, %d and %d doubled", lost.Lost, doubled.Lost, lost.Doubled, doubled.Doubled)
	}
}

// The checker would see a hostile client that is taken for somebody else: here it knows the secret.
func TestStolenSecretIsNoticed(t *testing.T) {
	w := NewWorld(Config{Endpoints: 2, Hostile: 1}, 0)
	w.Settle()
	w.joinHostile(2, stolenSecret)
	if w.Violation == nil || w.Violation.Rule != string(rThief) {
		t.Errorf("the violation is %v", w.Violation)
	}
	for who := range partitions {
		for kind := range secretKinds {
			w := NewWorld(Config{Endpoints: 2, Hostile: 1}, 0)
			w.Settle()
			if w.joinHostile(2, who*partitionStep+kind); w.Violation != nil && (who != 0 || kind != stolenSecret) {
				t.Errorf("kind %d in partition %d: %v", kind, who, w.Violation)
			}
		}
	}
}

// What the checker says of a world that stops in the middle: it sees what is missing.
func TestUnfinishedWorlds(t *testing.T) {
	w := NewWorld(Config{Endpoints: 2}, 0)
	e := w.Meet(w.Clients[0], w.Clients[1], "x")
	w.Settle()
	w.Post(e)
	w.check()
	if w.Violation == nil || w.Violation.Rule != string(rArrives) {
		t.Errorf("a message that is under way: %v", w.Violation)
	}
	w.Violation = nil
	w.Kill(w.Clients[0], 0)
	w.check()
	if w.Violation == nil || w.Violation.Rule != string(rLoss) {
		t.Errorf("a death that nobody has told of: %v", w.Violation)
	}
	w.Violation = nil
	if v := w.Finish(); v != nil {
		t.Errorf("finished: %v", v)
	}
}

// The limits that a configuration is near are reached, of each kind.
func TestLimitsAreReached(t *testing.T) {
	w := run(named("limits", protocol.Mutations{}), 1, false, nil)
	c := w.Clients[0]
	denied, refused := 0, 0
	for _, l := range c.listens {
		if l.denied {
			denied++
		}
	}
	for _, s := range c.channels {
		if !s.wanted && !s.joined && len(c.channels) > protocol.MaxChannels {
			refused++
		}
	}
	failed := w.Counts.Limited - denied
	if w.Violation != nil || denied == 0 || refused == 0 || failed <= refused {
		t.Errorf("%d listeners denied, %d channels refused, %d calls failed: %v", denied, refused, w.Counts.Limited, w.Violation)
	}
}
