package index
import ("testing";"fmt";"os")
func TestDbg(t *testing.T){
	if os.Getenv("DBG")=="" {return}
	r := newRand(t)
	for range 3 {
		n := 1 + r.IntN(5*blockFill)
		w := newWorld(t, n, 100)
		for i := range 60 {
			size := 1 + r.IntN(40)
			if r.IntN(3) == 0 {
				size = 1 + r.IntN(2*blockMax)
			}
			b:=w.blocks(); 
			fmt.Println("write", i, "n",len(w.ords), b)
			w.randomWrite(r, size)
		}
	}
}
