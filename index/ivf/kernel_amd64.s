#include "textflag.h"

// ESTIMATE turns eight sums (16 bit, in X) into estimates, at byte OFFSET of
// the factors (R9), the offsets (R10) and what R8 points to, and adds their bits to AX:
// above the threshold, and a number.
#define ESTIMATE(X, Y, OFFSET, SHIFT) \
	VPMOVZXWD X, Y                \
	VCVTDQ2PS Y, Y                \
	VMULPS    Y10, Y, Y           \
	VADDPS    Y11, Y, Y           \
	VMULPS    OFFSET(R9), Y, Y    \
	VADDPS    Y12, Y, Y           \
	VADDPS    OFFSET(R10), Y, Y   \
	VMOVUPS   Y, OFFSET(R8)       \
	VCMPPS    $0x1e, Y13, Y, Y    \
	VMOVMSKPS Y, BX               \
	SHLL      $SHIFT, BX          \
	ORL       BX, AX

// BEGIN makes what the loops of a scan take: SI at the codes, DI at the tables,
// in Y15 the low four bits, and in Y0 to Y3 sums of 16 bit. Each is that of
// two bytes: the lower byte's is found by taking the upper one's away. Y0 and
// Y1 are of rows 0 to 15, Y2 and Y3 of rows 16 to 31.
#define BEGIN \
	MOVQ         block+0(FP), SI     \
	MOVQ         tables+8(FP), DI    \
	MOVQ         pairs+16(FP), CX    \
	MOVQ         offsets+24(FP), R10 \
	MOVQ         l+32(FP), DX        \
	MOVQ         estimates+40(FP), R8 \
	MOVL         $0x0f0f0f0f, AX     \
	MOVL         AX, X15             \
	VPBROADCASTD X15, Y15            \
	VPXOR        Y0, Y0, Y0          \
	VPXOR        Y1, Y1, Y1          \
	VPXOR        Y2, Y2, Y2          \
	VPXOR        Y3, Y3, Y3

// PAIR adds the entries that a pair of positions has in the tables.
#define PAIR \
	VMOVDQU (SI), Y4   \
	VMOVDQU (DI), Y5   \
	VPSRLW  $4, Y4, Y6 \
	VPAND   Y15, Y4, Y4 \
	VPAND   Y15, Y6, Y6 \
	VPSHUFB Y4, Y5, Y7 \
	VPSHUFB Y6, Y5, Y8 \
	VPADDW  Y7, Y0, Y0 \
	VPSRLW  $8, Y7, Y7 \
	VPADDW  Y7, Y1, Y1 \
	VPADDW  Y8, Y2, Y2 \
	VPSRLW  $8, Y8, Y8 \
	VPADDW  Y8, Y3, Y3 \
	ADDQ    $32, SI    \
	ADDQ    $32, DI

// FOLD adds the upper half of Y, an odd position's, to the lower, an even one's.
#define FOLD(X, Y) \
	VEXTRACTI128 $1, Y, X4 \
	VPADDW       X4, X, X

// END writes the estimates of the sums. SI is at the factors.
#define END \
	VPSLLW       $8, Y1, Y4      \
	VPSUBW       Y4, Y0, Y0      \
	VPSLLW       $8, Y3, Y4      \
	VPSUBW       Y4, Y2, Y2      \
	FOLD(X0, Y0)                 \
	FOLD(X1, Y1)                 \
	FOLD(X2, Y2)                 \
	FOLD(X3, Y3)                 \
	VPUNPCKLWD   X1, X0, X4      \
	VPUNPCKHWD   X1, X0, X5      \
	VPUNPCKLWD   X3, X2, X6      \
	VPUNPCKHWD   X3, X2, X7      \
	VBROADCASTSS 0(DX), Y10      \
	VBROADCASTSS 4(DX), Y11      \
	VBROADCASTSS 8(DX), Y12      \
	VBROADCASTSS 12(DX), Y13     \
	MOVQ         SI, R9          \
	XORL         AX, AX          \
	ESTIMATE(X4, Y4, 0, 0)       \
	ESTIMATE(X5, Y5, 32, 8)      \
	ESTIMATE(X6, Y6, 64, 16)     \
	ESTIMATE(X7, Y7, 96, 24)     \
	MOVL         AX, ret+48(FP)  \
	VZEROUPPER                   \
	RET

// func scanAVX2(block, tables *byte, pairs int, offsets *float32, l *line, estimates *[32]float32) uint32
TEXT ·scanAVX2(SB), NOSPLIT, $0-52
	BEGIN

pair:
	PAIR
	DECQ CX
	JNZ  pair
	END

// func scanAVX512(block, tables *byte, pairs int, offsets *float32, l *line, estimates *[32]float32) uint32
TEXT ·scanAVX512(SB), NOSPLIT, $0-52
	BEGIN

	// An odd pair first: what writes to half a register clears the other.
	TESTQ $1, CX
	JZ    even
	PAIR

even:
	SHRQ         $1, CX
	JZ           end
	VPBROADCASTD X15, Z15

two:
	VMOVDQU64 (SI), Z4
	VMOVDQU64 (DI), Z5
	VPSRLW    $4, Z4, Z6
	VPANDQ    Z15, Z4, Z4
	VPANDQ    Z15, Z6, Z6
	VPSHUFB   Z4, Z5, Z7
	VPSHUFB   Z6, Z5, Z8
	VPADDW    Z7, Z0, Z0
	VPSRLW    $8, Z7, Z7
	VPADDW    Z7, Z1, Z1
	VPADDW    Z8, Z2, Z2
	VPSRLW    $8, Z8, Z8
	VPADDW    Z8, Z3, Z3
	ADDQ      $64, SI
	ADDQ      $64, DI
	DECQ      CX
	JNZ       two

	VEXTRACTI64X4 $1, Z0, Y4
	VPADDW        Y4, Y0, Y0
	VEXTRACTI64X4 $1, Z1, Y4
	VPADDW        Y4, Y1, Y1
	VEXTRACTI64X4 $1, Z2, Y4
	VPADDW        Y4, Y2, Y2
	VEXTRACTI64X4 $1, Z3, Y4
	VPADDW        Y4, Y3, Y3

end:
	END

// func dot4AVX2(query, row0, row1, row2, row3 *float32, n int, products *[4]float32)
// n is a multiple of 8 and not 0.
TEXT ·dot4AVX2(SB), NOSPLIT, $0-56
	MOVQ query+0(FP), SI
	MOVQ row0+8(FP), R8
	MOVQ row1+16(FP), R9
	MOVQ row2+24(FP), R10
	MOVQ row3+32(FP), R11
	MOVQ n+40(FP), CX
	MOVQ products+48(FP), DI

	// Two sums a row, so that no addition waits for the one before.
	VXORPS Y0, Y0, Y0
	VXORPS Y1, Y1, Y1
	VXORPS Y2, Y2, Y2
	VXORPS Y3, Y3, Y3
	VXORPS Y4, Y4, Y4
	VXORPS Y5, Y5, Y5
	VXORPS Y6, Y6, Y6
	VXORPS Y7, Y7, Y7
	XORQ   AX, AX
	MOVQ   CX, DX
	ANDQ   $-16, DX
	JZ     eight

sixteen:
	VMOVUPS     (SI)(AX*4), Y8
	VMOVUPS     32(SI)(AX*4), Y9
	VFMADD231PS (R8)(AX*4), Y8, Y0
	VFMADD231PS (R9)(AX*4), Y8, Y1
	VFMADD231PS (R10)(AX*4), Y8, Y2
	VFMADD231PS (R11)(AX*4), Y8, Y3
	VFMADD231PS 32(R8)(AX*4), Y9, Y4
	VFMADD231PS 32(R9)(AX*4), Y9, Y5
	VFMADD231PS 32(R10)(AX*4), Y9, Y6
	VFMADD231PS 32(R11)(AX*4), Y9, Y7
	ADDQ        $16, AX
	CMPQ        AX, DX
	JLT         sixteen

eight:
	CMPQ        AX, CX
	JGE         add
	VMOVUPS     (SI)(AX*4), Y8
	VFMADD231PS (R8)(AX*4), Y8, Y0
	VFMADD231PS (R9)(AX*4), Y8, Y1
	VFMADD231PS (R10)(AX*4), Y8, Y2
	VFMADD231PS (R11)(AX*4), Y8, Y3

add:
	VADDPS Y4, Y0, Y0
	VADDPS Y5, Y1, Y1
	VADDPS Y6, Y2, Y2
	VADDPS Y7, Y3, Y3

	// The eight lanes of each row, and the four rows side by side.
	VHADDPS      Y1, Y0, Y0
	VHADDPS      Y3, Y2, Y2
	VHADDPS      Y2, Y0, Y0
	VEXTRACTF128 $1, Y0, X1
	VADDPS       X1, X0, X0
	VMOVUPS      X0, (DI)
	VZEROUPPER
	RET
