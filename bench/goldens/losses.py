"""Values and gradients of every list-wise loss, by PyTorch's autograd of its textbook form.

    bench/.venv/bin/python bench/goldens/losses.py > loss/testdata/losses.json

Each loss is written here for one list as its paper has it, slowly, and not as loss/ has it. Grade -1 is a masked document.
"""

import json

import torch

torch.set_default_dtype(torch.float64)


def infonce(s, g):
    negatives = s[g < g.max()]
    if not len(negatives):
        return None
    return torch.stack([-torch.log_softmax(torch.cat([p[None], negatives]), 0)[0] for p in s[g == g.max()]]).mean()


def listnet(s, g):
    return torch.nn.functional.cross_entropy(s[None], g.softmax(0)[None]) if len(g.unique()) > 1 else None


def kl(s, g):
    return torch.nn.functional.kl_div(s.log_softmax(0), g.softmax(0), reduction="sum") if len(g.unique()) > 1 else None


def listmle(s, g):
    if len(g.unique()) < 2:
        return None
    return sum(torch.logsumexp(s[g <= g[i]], 0) - s[i] for i in range(len(s)) if g[i] > g.min())


def pairs(g):
    return [(i, j) for i in range(len(g)) for j in range(len(g)) if g[i] > g[j]]


def ranknet(s, g):
    terms = [torch.nn.functional.softplus(s[j] - s[i]) for i, j in pairs(g)]
    return torch.stack(terms).mean() if terms else None


def marginmse(s, g):
    terms = [torch.nn.functional.mse_loss(s[i] - s[j], g[i] - g[j]) for i, j in pairs(g)]
    return torch.stack(terms).mean() if terms else None


def lambdaloss(s, g, k):
    discount = lambda r: torch.log2(torch.tensor(1.0 + r))
    rank = {int(i): r for r, i in enumerate(s.argsort(descending=True, stable=True), 1)}
    ideal = sum(x / discount(r) for r, x in enumerate(g.sort(descending=True).values[:k], 1))
    terms = []
    for i, j in pairs(g):
        d, lower = abs(rank[i] - rank[j]), max(rank[i], rank[j])
        delta = 1 / discount(d) - 1 / discount(d + 1)
        mu = 1 / (1 - 1 / discount(lower)) if lower > k else 1
        terms.append(mu * delta * (g[i] - g[j]) / ideal * torch.log2(1 + torch.exp(s[j] - s[i])))
    return sum(terms) if terms else None


def approxndcg(s, g):
    if len(g.unique()) < 2:
        return None
    lead = torch.sigmoid(s[None] - s[:, None])  # of the column's document over the row's
    rank = 1 + lead.sum(1) - lead.diagonal()
    best = torch.arange(len(g)) + 2.0
    return 1 - (g / torch.log2(1 + rank)).sum() / (g.sort(descending=True).values / best.log2()).sum()


def wasserstein(s, g, power):
    """Both sets of quantiles merged, as scipy.stats.wasserstein_distance does."""
    if len(g.unique()) < 2:
        return None
    x, order = g.sort(stable=True)
    F, G = s.softmax(0)[order].cumsum(0), g.softmax(0)[order].cumsum(0)
    u = torch.cat([torch.zeros(1), F[:-1], G[:-1], torch.ones(1)]).sort().values
    middle = ((u[1:] + u[:-1]) / 2).detach()
    at = lambda c: x[torch.searchsorted(c.detach(), middle).clamp(max=len(x) - 1)]
    return ((u[1:] - u[:-1]) * (at(F) - at(G)).abs() ** power).sum()


LOSSES = {
    "infonce": infonce, "kl": kl, "listnet": listnet, "listmle": listmle, "ranknet": ranknet, "marginmse": marginmse,
    "lambdaloss": lambda s, g: lambdaloss(s, g, 10), "lambdaloss@3": lambda s, g: lambdaloss(s, g, 3), "approxndcg": approxndcg,
    "w1": lambda s, g: wasserstein(s, g, 1), "w2": lambda s, g: wasserstein(s, g, 2),
}


def batch(loss, scores, grades):
    """The mean over the lists that teach something."""
    values = [loss(s[g >= 0], g[g >= 0]) for s, g in zip(scores, grades) if (g >= 0).any()]
    values = [v for v in values if v is not None]
    return torch.stack([torch.as_tensor(v) for v in values]).mean() if values else scores.sum() * 0


def cases():
    torch.manual_seed(5)
    lists = [3.0, 2.0, 1.0, 0.0]
    yield "one list", torch.tensor([lists])
    yield "four lists, in-batch documents grade 0", torch.block_diag(*[torch.tensor([lists])] * 4)
    masked = torch.block_diag(*[torch.tensor([lists])] * 4)
    masked[torch.block_diag(*[torch.ones(1, 4)] * 4) == 0] = -1
    yield "four lists, in-batch documents masked", masked
    yield "any grades", torch.randint(-1, 4, (5, 14)).double()
    yield "binary, several positives", torch.randint(0, 2, (4, 9)).double()
    yield "a list of one grade, a list all masked", torch.tensor([[2.0, 2, 2], [-1, -1, -1], [0, 3, -1]])


out = []
for name, grades in cases():
    scores = 2 * torch.randn(grades.shape)
    case = {"name": name, "scores": scores.tolist(), "grades": grades.tolist(), "losses": {}}
    for loss, f in LOSSES.items():
        s = scores.clone().requires_grad_()
        value = batch(f, s, grades)
        value.backward()
        case["losses"][loss] = {"value": value.item(), "gradient": s.grad.tolist()}
    out.append(case)
print(json.dumps(out))
