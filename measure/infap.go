package measure

// infAP estimates AP where only a sample of the pool was judged. A negative
// grade marks a document of the pool that was not judged; one without a grade
// was not in the pool and is not relevant.
// Source: Yilmaz and Aslam, CIKM 2006; trec_eval m_infap.c.
var infAP = family{
	name:   "infAP",
	params: []*param{relParam},
	compute: func(m Measure, r ranking) float64 {
		const epsilon = 0.00001 // smooths the share of relevant among judged
		total := r.relevant(m)
		if total == 0 {
			return 0
		}
		sum := 0.0
		relevant, irrelevant, sampledOut := 0.0, 0.0, 0.0
		for i, grade := range r.grades {
			switch {
			case grade == unjudged:
			case grade < 0:
				sampledOut++
			case grade < m.rel:
				irrelevant++
			case i == 0:
				relevant++
				sum++
			default:
				above := float64(i)
				pooled := (relevant + irrelevant + sampledOut) / above
				share := (relevant + epsilon) / (relevant + irrelevant + 2*epsilon)
				sum += 1/(above+1) + above/(above+1)*pooled*share
				relevant++
			}
		}
		return sum / float64(total)
	},
}
