package qjs

import (
	"sync"
	"testing"
)

func TestCharge(t *testing.T) {
	rt := NewRuntime(Options{MemoryLimit: 1000 << 10})
	defer rt.Close()
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 1000 {
				if rt.Charge(250 << 10) {
					rt.Refund(250 << 10)
				}
			}
		})
	}
	wg.Wait()
	if !rt.Charge(1000<<10) || rt.Charge(1) || rt.ChargeOrCollect(1) == nil {
		t.Error("the limit is not what was asked for")
	}
	rt.Refund(1000 << 10)
	if err := rt.ChargeOrCollect(1); err != nil {
		t.Error(err)
	}
}
