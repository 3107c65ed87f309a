#include "textflag.h"

// func dotAVX2(query, row *float32, n int, lanes *[16]float64)
TEXT ·dotAVX2(SB), NOSPLIT, $0-32
	MOVQ query+0(FP), SI
	MOVQ row+8(FP), DI
	MOVQ n+16(FP), CX
	MOVQ lanes+24(FP), DX
	VMOVUPD (DX), Y0
	VMOVUPD 32(DX), Y1
	VMOVUPD 64(DX), Y2
	VMOVUPD 96(DX), Y3
	SHRQ $4, CX
	JZ   dotDone

dotLoop:
	VCVTPS2PD (SI), Y4
	VCVTPS2PD 16(SI), Y5
	VCVTPS2PD 32(SI), Y6
	VCVTPS2PD 48(SI), Y7
	VCVTPS2PD (DI), Y8
	VCVTPS2PD 16(DI), Y9
	VCVTPS2PD 32(DI), Y10
	VCVTPS2PD 48(DI), Y11
	VFMADD231PD Y4, Y8, Y0
	VFMADD231PD Y5, Y9, Y1
	VFMADD231PD Y6, Y10, Y2
	VFMADD231PD Y7, Y11, Y3
	ADDQ $64, SI
	ADDQ $64, DI
	DECQ CX
	JNZ  dotLoop

dotDone:
	VMOVUPD Y0, (DX)
	VMOVUPD Y1, 32(DX)
	VMOVUPD Y2, 64(DX)
	VMOVUPD Y3, 96(DX)
	VZEROUPPER
	RET

// func distanceAVX2(query, row *float32, n int, lanes *[16]float64)
TEXT ·distanceAVX2(SB), NOSPLIT, $0-32
	MOVQ query+0(FP), SI
	MOVQ row+8(FP), DI
	MOVQ n+16(FP), CX
	MOVQ lanes+24(FP), DX
	VMOVUPD (DX), Y0
	VMOVUPD 32(DX), Y1
	VMOVUPD 64(DX), Y2
	VMOVUPD 96(DX), Y3
	SHRQ $4, CX
	JZ   distanceDone

distanceLoop:
	VCVTPS2PD (SI), Y4
	VCVTPS2PD 16(SI), Y5
	VCVTPS2PD 32(SI), Y6
	VCVTPS2PD 48(SI), Y7
	VCVTPS2PD (DI), Y8
	VCVTPS2PD 16(DI), Y9
	VCVTPS2PD 32(DI), Y10
	VCVTPS2PD 48(DI), Y11
	VSUBPD Y8, Y4, Y4
	VSUBPD Y9, Y5, Y5
	VSUBPD Y10, Y6, Y6
	VSUBPD Y11, Y7, Y7
	VMULPD Y4, Y4, Y4
	VMULPD Y5, Y5, Y5
	VMULPD Y6, Y6, Y6
	VMULPD Y7, Y7, Y7
	VADDPD Y4, Y0, Y0
	VADDPD Y5, Y1, Y1
	VADDPD Y6, Y2, Y2
	VADDPD Y7, Y3, Y3
	ADDQ $64, SI
	ADDQ $64, DI
	DECQ CX
	JNZ  distanceLoop

distanceDone:
	VMOVUPD Y0, (DX)
	VMOVUPD Y1, 32(DX)
	VMOVUPD Y2, 64(DX)
	VMOVUPD Y3, 96(DX)
	VZEROUPPER
	RET

// func halvesF16C(halves *byte, values *float32, n int)
TEXT ·halvesF16C(SB), NOSPLIT, $0-24
	MOVQ halves+0(FP), SI
	MOVQ values+8(FP), DI
	MOVQ n+16(FP), CX

halvesLoop:
	VCVTPH2PS (SI), Y0
	VMOVUPS Y0, (DI)
	ADDQ $16, SI
	ADDQ $32, DI
	SUBQ $8, CX
	JNZ  halvesLoop
	VZEROUPPER
	RET

// 16 codes of a row at offset AX, times the weights in Y12.
#define CODES(row, sum, tmp) \
	VPMOVZXBW (row)(AX*1), tmp \
	VPMADDWD Y12, tmp, tmp     \
	VPADDD tmp, sum, sum

// func scanAVX2(weights *int16, codes *byte, width, rows int, sums *int32)
TEXT ·scanAVX2(SB), NOSPLIT, $0-40
	MOVQ weights+0(FP), SI
	MOVQ codes+8(FP), R8
	MOVQ width+16(FP), BX
	MOVQ rows+24(FP), CX
	MOVQ sums+32(FP), DX

scanFour:
	CMPQ CX, $4
	JLT  scanOne
	LEAQ (R8)(BX*1), R9
	LEAQ (R8)(BX*2), R10
	LEAQ (R9)(BX*2), R11
	VPXOR Y0, Y0, Y0
	VPXOR Y1, Y1, Y1
	VPXOR Y2, Y2, Y2
	VPXOR Y3, Y3, Y3
	XORQ AX, AX

scanFourLoop:
	VMOVDQU (SI)(AX*2), Y12
	CODES(R8, Y0, Y4)
	CODES(R9, Y1, Y5)
	CODES(R10, Y2, Y6)
	CODES(R11, Y3, Y7)
	ADDQ $16, AX
	CMPQ AX, BX
	JLT  scanFourLoop
	VPHADDD Y1, Y0, Y0
	VPHADDD Y3, Y2, Y2
	VPHADDD Y2, Y0, Y0
	VEXTRACTI128 $1, Y0, X1
	VPADDD X1, X0, X0
	VMOVDQU X0, (DX)
	ADDQ $16, DX
	LEAQ (R11)(BX*1), R8
	SUBQ $4, CX
	JMP  scanFour

scanOne:
	TESTQ CX, CX
	JZ    scanDone
	VPXOR Y0, Y0, Y0
	XORQ  AX, AX

scanOneLoop:
	VMOVDQU (SI)(AX*2), Y12
	CODES(R8, Y0, Y4)
	ADDQ $16, AX
	CMPQ AX, BX
	JLT  scanOneLoop
	VEXTRACTI128 $1, Y0, X1
	VPADDD X1, X0, X0
	VPHADDD X0, X0, X0
	VPHADDD X0, X0, X0
	VMOVD X0, (DX)
	ADDQ $4, DX
	ADDQ BX, R8
	DECQ CX
	JMP  scanOne

scanDone:
	VZEROUPPER
	RET

// A row's value at offset o of address times the queries in Y12 and Y13.
#define ROW16(address, s0, s1, tmp) \
	VBROADCASTSS address, tmp \
	VFMADD231PS Y12, tmp, s0  \
	VFMADD231PS Y13, tmp, s1

// All rows' values at a place: o bytes on from SI, p bytes on in the panel.
#define PLACE16(o, p) \
	VMOVUPS p(DI), Y12                \
	VMOVUPS (p+32)(DI), Y13           \
	ROW16(o(SI), Y0, Y1, Y14)         \
	ROW16(o(SI)(R8*1), Y2, Y3, Y15)   \
	ROW16(o(SI)(R8*2), Y4, Y5, Y14)   \
	ROW16(o(R9), Y6, Y7, Y15)         \
	ROW16(o(R9)(R8*1), Y8, Y9, Y14)   \
	ROW16(o(R9)(R8*2), Y10, Y11, Y15)

#define START16(r, s0, s1) \
	VBROADCASTSS (4*r)(AX), s0 \
	VMOVAPS s0, s1

#define MASK16(r, s0, s1) \
	VCMPPS $5, Y12, s0, Y14 \
	VCMPPS $5, Y13, s1, Y15 \
	VMOVMSKPS Y14, AX       \
	VMOVMSKPS Y15, BX       \
	SHLL $8, BX             \
	ORL  BX, AX             \
	MOVW AX, (2*r)(DX)      \
	ORL  AX, R11

#define STORE16(r, s0, s1) \
	VMOVUPS s0, (64*r)(DX) \
	VMOVUPS s1, (64*r+32)(DX)

// func tileAVX2(panel, rows *float32, dim int, start, limits, out *float32, masks *uint16) (any int)
TEXT ·tileAVX2(SB), NOSPLIT, $0-64
	MOVQ panel+0(FP), DI
	MOVQ rows+8(FP), SI
	MOVQ dim+16(FP), CX
	MOVQ start+24(FP), AX
	MOVQ CX, R8
	SHLQ $2, R8
	LEAQ (SI)(R8*2), R9
	ADDQ R8, R9
	START16(0, Y0, Y1)
	START16(1, Y2, Y3)
	START16(2, Y4, Y5)
	START16(3, Y6, Y7)
	START16(4, Y8, Y9)
	START16(5, Y10, Y11)
	MOVQ CX, BX
	SHRQ $2, BX
	JZ   tile16Rest

tile16Loop:
	PLACE16(0, 0)
	PLACE16(4, 64)
	PLACE16(8, 128)
	PLACE16(12, 192)
	ADDQ $256, DI
	ADDQ $16, SI
	ADDQ $16, R9
	DECQ BX
	JNZ  tile16Loop

tile16Rest:
	ANDQ $3, CX
	JZ   tile16Done

tile16RestLoop:
	PLACE16(0, 0)
	ADDQ $64, DI
	ADDQ $4, SI
	ADDQ $4, R9
	DECQ CX
	JNZ  tile16RestLoop

tile16Done:
	MOVQ limits+32(FP), AX
	VMOVUPS (AX), Y12
	VMOVUPS 32(AX), Y13
	MOVQ masks+48(FP), DX
	XORL R11, R11
	MASK16(0, Y0, Y1)
	MASK16(1, Y2, Y3)
	MASK16(2, Y4, Y5)
	MASK16(3, Y6, Y7)
	MASK16(4, Y8, Y9)
	MASK16(5, Y10, Y11)
	MOVQ R11, any+56(FP)
	TESTL R11, R11
	JZ    tile16None
	MOVQ out+40(FP), DX
	STORE16(0, Y0, Y1)
	STORE16(1, Y2, Y3)
	STORE16(2, Y4, Y5)
	STORE16(3, Y6, Y7)
	STORE16(4, Y8, Y9)
	STORE16(5, Y10, Y11)

tile16None:
	VZEROUPPER
	RET

#define ROW48(address, s0, s1, s2, tmp) \
	VBROADCASTSS address, tmp \
	VFMADD231PS Z24, tmp, s0  \
	VFMADD231PS Z25, tmp, s1  \
	VFMADD231PS Z26, tmp, s2

#define PLACE48(o, p) \
	VMOVUPS p(DI), Z24                       \
	VMOVUPS (p+64)(DI), Z25                  \
	VMOVUPS (p+128)(DI), Z26                 \
	ROW48(o(SI), Z0, Z1, Z2, Z27)            \
	ROW48(o(SI)(R8*1), Z3, Z4, Z5, Z28)      \
	ROW48(o(SI)(R8*2), Z6, Z7, Z8, Z29)      \
	ROW48(o(SI)(R10*1), Z9, Z10, Z11, Z30)   \
	ROW48(o(R9), Z12, Z13, Z14, Z27)         \
	ROW48(o(R9)(R8*1), Z15, Z16, Z17, Z28)   \
	ROW48(o(R9)(R8*2), Z18, Z19, Z20, Z29)   \
	ROW48(o(R9)(R10*1), Z21, Z22, Z23, Z30)

#define START48(r, s0, s1, s2) \
	VBROADCASTSS (4*r)(AX), s0 \
	VMOVAPS s0, s1             \
	VMOVAPS s0, s2

#define MASK48(r, s0, s1, s2) \
	VCMPPS $5, Z24, s0, K1     \
	VCMPPS $5, Z25, s1, K2     \
	VCMPPS $5, Z26, s2, K3     \
	KMOVW K1, AX               \
	KMOVW K2, BX               \
	KMOVW K3, CX               \
	MOVW  AX, (6*r)(DX)        \
	MOVW  BX, (6*r+2)(DX)      \
	MOVW  CX, (6*r+4)(DX)      \
	ORL   AX, R11              \
	ORL   BX, R11              \
	ORL   CX, R11

#define STORE48(r, s0, s1, s2) \
	VMOVUPS s0, (192*r)(DX)     \
	VMOVUPS s1, (192*r+64)(DX)  \
	VMOVUPS s2, (192*r+128)(DX)

// func tileAVX512(panel, rows *float32, dim int, start, limits, out *float32, masks *uint16) (any int)
TEXT ·tileAVX512(SB), NOSPLIT, $0-64
	MOVQ panel+0(FP), DI
	MOVQ rows+8(FP), SI
	MOVQ dim+16(FP), CX
	MOVQ start+24(FP), AX
	MOVQ CX, R8
	SHLQ $2, R8
	LEAQ (R8)(R8*2), R10
	LEAQ (SI)(R8*4), R9
	START48(0, Z0, Z1, Z2)
	START48(1, Z3, Z4, Z5)
	START48(2, Z6, Z7, Z8)
	START48(3, Z9, Z10, Z11)
	START48(4, Z12, Z13, Z14)
	START48(5, Z15, Z16, Z17)
	START48(6, Z18, Z19, Z20)
	START48(7, Z21, Z22, Z23)
	MOVQ CX, BX
	SHRQ $2, BX
	JZ   tile48Rest

tile48Loop:
	PLACE48(0, 0)
	PLACE48(4, 192)
	PLACE48(8, 384)
	PLACE48(12, 576)
	ADDQ $768, DI
	ADDQ $16, SI
	ADDQ $16, R9
	DECQ BX
	JNZ  tile48Loop

tile48Rest:
	ANDQ $3, CX
	JZ   tile48Done

tile48RestLoop:
	PLACE48(0, 0)
	ADDQ $192, DI
	ADDQ $4, SI
	ADDQ $4, R9
	DECQ CX
	JNZ  tile48RestLoop

tile48Done:
	MOVQ limits+32(FP), AX
	VMOVUPS (AX), Z24
	VMOVUPS 64(AX), Z25
	VMOVUPS 128(AX), Z26
	MOVQ masks+48(FP), DX
	XORL R11, R11
	MASK48(0, Z0, Z1, Z2)
	MASK48(1, Z3, Z4, Z5)
	MASK48(2, Z6, Z7, Z8)
	MASK48(3, Z9, Z10, Z11)
	MASK48(4, Z12, Z13, Z14)
	MASK48(5, Z15, Z16, Z17)
	MASK48(6, Z18, Z19, Z20)
	MASK48(7, Z21, Z22, Z23)
	MOVQ R11, any+56(FP)
	TESTL R11, R11
	JZ    tile48None
	MOVQ out+40(FP), DX
	STORE48(0, Z0, Z1, Z2)
	STORE48(1, Z3, Z4, Z5)
	STORE48(2, Z6, Z7, Z8)
	STORE48(3, Z9, Z10, Z11)
	STORE48(4, Z12, Z13, Z14)
	STORE48(5, Z15, Z16, Z17)
	STORE48(6, Z18, Z19, Z20)
	STORE48(7, Z21, Z22, Z23)

tile48None:
	VZEROUPPER
	RET

#define CODES48(address, s0, s1, s2, tmp) \
	VPBROADCASTD address, tmp \
	VPDPBUSD Z24, tmp, s0     \
	VPDPBUSD Z25, tmp, s1     \
	VPDPBUSD Z26, tmp, s2

#define FOUR48(o, p) \
	VMOVDQU32 p(DI), Z24                      \
	VMOVDQU32 (p+64)(DI), Z25                 \
	VMOVDQU32 (p+128)(DI), Z26                \
	CODES48(o(SI), Z0, Z1, Z2, Z27)           \
	CODES48(o(SI)(R8*1), Z3, Z4, Z5, Z28)     \
	CODES48(o(SI)(R8*2), Z6, Z7, Z8, Z29)     \
	CODES48(o(SI)(R10*1), Z9, Z10, Z11, Z30)  \
	CODES48(o(R9), Z12, Z13, Z14, Z27)        \
	CODES48(o(R9)(R8*1), Z15, Z16, Z17, Z28)  \
	CODES48(o(R9)(R8*2), Z18, Z19, Z20, Z29)  \
	CODES48(o(R9)(R10*1), Z21, Z22, Z23, Z30)

#define COPY48(s0, s1, s2) \
	VMOVDQA32 Z0, s0 \
	VMOVDQA32 Z1, s1 \
	VMOVDQA32 Z2, s2

// The sums s of row r and the queries from v on become estimates plus errors, and their mask.
#define HIGH48(r, v, s) \
	VCVTDQ2PS s, s                        \
	VMULPS (192+64*v)(BX), Z27, Z31       \
	VMULPS Z31, s, s                      \
	VADDPS Z30, s, s                      \
	VADDPS (768+64*v)(BX), s, s           \
	VFMADD231PS (384+64*v)(BX), Z28, s    \
	VFMADD231PS (576+64*v)(BX), Z29, s    \
	VCMPPS $5, (64*v)(R12), s, K1         \
	KMOVW K1, CX                          \
	MOVW  CX, (6*r+2*v)(DX)               \
	ORL   CX, R11

#define HIGHS48(r, s0, s1, s2) \
	VBROADCASTSS (16*r)(AX), Z27    \
	VBROADCASTSS (16*r+4)(AX), Z28  \
	VBROADCASTSS (16*r+8)(AX), Z29  \
	VBROADCASTSS (16*r+12)(AX), Z30 \
	HIGH48(r, 0, s0)                \
	HIGH48(r, 1, s1)                \
	HIGH48(r, 2, s2)

// func codeTileVNNI(weights *int8, codes *byte, width int, rows *rowTerms, queries *codeTerms, limits, out *float32, masks *uint16) (any int)
TEXT ·codeTileVNNI(SB), NOSPLIT, $0-72
	MOVQ weights+0(FP), DI
	MOVQ codes+8(FP), SI
	MOVQ width+16(FP), R8
	MOVQ queries+32(FP), BX
	LEAQ (R8)(R8*2), R10
	LEAQ (SI)(R8*4), R9
	VMOVDQU32 (BX), Z0
	VMOVDQU32 64(BX), Z1
	VMOVDQU32 128(BX), Z2
	COPY48(Z3, Z4, Z5)
	COPY48(Z6, Z7, Z8)
	COPY48(Z9, Z10, Z11)
	COPY48(Z12, Z13, Z14)
	COPY48(Z15, Z16, Z17)
	COPY48(Z18, Z19, Z20)
	COPY48(Z21, Z22, Z23)
	MOVQ R8, CX
	SHRQ $4, CX

codeTileLoop:
	FOUR48(0, 0)
	FOUR48(4, 192)
	FOUR48(8, 384)
	FOUR48(12, 576)
	ADDQ $768, DI
	ADDQ $16, SI
	ADDQ $16, R9
	DECQ CX
	JNZ  codeTileLoop
	MOVQ rows+24(FP), AX
	MOVQ limits+40(FP), R12
	MOVQ masks+56(FP), DX
	XORL R11, R11
	HIGHS48(0, Z0, Z1, Z2)
	HIGHS48(1, Z3, Z4, Z5)
	HIGHS48(2, Z6, Z7, Z8)
	HIGHS48(3, Z9, Z10, Z11)
	HIGHS48(4, Z12, Z13, Z14)
	HIGHS48(5, Z15, Z16, Z17)
	HIGHS48(6, Z18, Z19, Z20)
	HIGHS48(7, Z21, Z22, Z23)
	MOVQ R11, any+64(FP)
	TESTL R11, R11
	JZ    codeTileNone
	MOVQ out+48(FP), DX
	STORE48(0, Z0, Z1, Z2)
	STORE48(1, Z3, Z4, Z5)
	STORE48(2, Z6, Z7, Z8)
	STORE48(3, Z9, Z10, Z11)
	STORE48(4, Z12, Z13, Z14)
	STORE48(5, Z15, Z16, Z17)
	STORE48(6, Z18, Z19, Z20)
	STORE48(7, Z21, Z22, Z23)

codeTileNone:
	VZEROUPPER
	RET
