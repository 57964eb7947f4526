"""Mistakes that learners make in *Batch normalisation*, and what its checks say."""

PRESENT = "the batch's own numbers, not the memory"
SCALE = "look at: γ and β"
AXES = "look at: the axes"
FEATURES = "look at: the axis: each feature has its own"
READY_MADE = "it takes over the ready-made BatchNorm"
SHARES = (
    "running_mean: at [0] expected 0.4, yours is 3.6; 2 of 2 cells are wrong\n"
    "look at: the memory: when it changes, and the shares of old"
)
MODE = "look at: what self.training says"

MADE = [  # in lines that both layers have
    ("nn.Parameter( → (", "its parameters should be weight and bias, they are []"),
    (
        'self.register_buffer("running_mean", → self.running_mean = nn.Parameter('
        ' & self.register_buffer("running_var", → self.running_var = nn.Parameter(',
        "they are ['weight', 'bias', 'running_mean', 'running_var']",
    ),
    (
        'self.register_buffer("running_mean", → self.running_mean = ('
        ' & self.register_buffer("running_var", → self.running_var = ('
        ' & self.register_buffer("num_batches_tracked", → self.num_batches_tracked = (',
        "running_mean should be a buffer, it is an ordinary",
    ),
    (
        '"running_mean", torch.zeros(num_features)'
        ' → "running_mean", torch.zeros(num_features), False',
        "the state_dict lacks running_mean",
    ),
    (
        'self.register_buffer("num_batches_tracked", torch.tensor(0)) → pass',
        "num_batches_tracked should be a buffer, it is missing",
    ),
    (
        '"running_var", torch.ones → "running_var", torch.zeros',
        "running_var of a layer for 2: at [0] expected 1, yours is 0",
    ),
    (", correction=0 → ", f"{AXES}: which numbers share a mean; and what divides"),
    ("tracked += 1 → tracked += 2", "num_batches_tracked: expected 1, yours is 2"),
    (
        "                self.num_batches_tracked →         self.num_batches_tracked",
        "after a batch in eval mode: num_batches_tracked: expected 0, yours is 1",
    ),
    ("= eps, momentum → = 1e-5, momentum", "look at: where eps is used"),
    (" + self.eps → ", "look at: what eps is for"),
    ("= eps, momentum → = eps, 0.1", "what they are when momentum is not 0.1"),
    ("if self.training → if True", MODE),
    ("with torch.no_grad() → if True", "holds on to the gradients of the batches"),
]

MISTAKES = {
    "check_batch_norm_1d": [
        (", correction=0 → ", "look at: the variance: squares are divided by n here"),
        ("dim=0 → dim=1, keepdim=True", FEATURES),
        ("dim=0 → dim=1, keepdim=True", "at [0, 1] expected -1, yours is 1"),
        ("dim=0 → dim=1", FEATURES),
        ("mean(dim=0) → mean() & dim=0, → ", FEATURES),
        (" + eps → ", "look at: where ε stands"),
        (
            "(variance + eps).sqrt() → (variance.sqrt() + eps)",
            "look at: where ε stands",
        ),
        (".sqrt() → ", "the root of the variance"),
        ("gamma * →  & + beta → ", SCALE),
        ("gamma * ( → gamma * (( & beta → beta)", SCALE),
        (
            "return gamma * (rows - mean) → rows -= mean\n    return gamma * rows",
            "changed the rows it was given",
        ),
        ("(rows - mean) → rows", "expected -1, yours is 1"),
    ],
    "check_batch_norm_2d": [
        ("(0, 2, 3) → 0", "look at: the places of a channel"),
        ("(0, 2, 3) → (2, 3)", "look at: the images"),
        ("(0, 2, 3) → (0, 1, 2, 3)", "look at: the channels"),
        ("(0, 2, 3) → (0, 3)", "look at: the places of a channel"),
        (", correction=0 → ", "expected -1, yours is -0.7071068"),
        (
            ".view(1, -1, 1, 1) → .view(1, 1, 1, -1)",
            f"{SCALE}: one of each for a channel",
        ),
        (".view(1, -1, 1, 1) → ", f"{SCALE}: one of each for a channel"),
        (
            ".view(1, -1, 1, 1) → .view(-1, 1, 1, 1)",
            f"{SCALE}: one of each for a channel",
        ),
        (" + eps → ", "look at: where ε stands"),
        (
            "var(dim=(0, 2, 3), correction=0, keepdim=True)"
            " → var(dim=(2, 3), correction=0, keepdim=True).mean(0, keepdim=True)",
            "look at: the images",
        ),
        (
            "return gamma → return (gamma"
            " & beta.view(1, -1, 1, 1) → beta.view(1, -1, 1, 1))[:, :1]",
            "expected shape (1, 2, 1, 2), yours has shape",
        ),
    ],
    "check_running_var": [
        ("1.4", "look at: the division"),
        ("6.1", "look at: the two shares"),
        ("4.6", "look at: the two shares"),
        ("6.667", "look at: what is kept of the value before"),
        ("5", "look at: what is kept of the value before"),
        ("1.6667", "look at: the two shares: they add up to 1"),
        ("0.667", "look at: what it starts from: not from 0"),
        ("1.158", "a variance, not its root"),
        ("0.4", "this is the running mean"),
        ("1.3", "which of the two is asked for"),
        ("1.57", "look at: the decimals: three are asked for"),
        ("3.5667", "it is the first number of each row"),
        ("2.9", "look at: the squares"),
        ("1", "look at: the two parts of the sum"),
        ("(1.5667,)", "should be one number, got tuple"),
    ],
    "check_norm_1d": [
        *MADE,
        (
            "class Norm1d:\n    def __init__(self, num_features): ...",
            "which is no nn.Module",
        ),
        ("class Norm1d(nn.BatchNorm1d): ...", f"{READY_MADE}1d"),
        (
            """
class Norm1d(nn.Module):
    def __init__(self, num_features, eps=1e-5, momentum=0.1):
        super().__init__()
        self.norm = nn.BatchNorm1d(num_features, eps, momentum)

    def forward(self, rows):
        return self.norm(rows)
""",
            "look at: what the class inherits from, and what it is made of",
        ),
        (
            "mean, variance = rows.mean → now, spread = rows.mean"
            " & (mean - self → (now - self",
            PRESENT,
        ),
        (
            "return → mean, variance = self.running_mean, self.running_var\n"
            "        return",
            PRESENT,
        ),
        ("unbiased = rows.var(dim=0) → unbiased = variance", "1.566667, yours is 1.4"),
        ("self.momentum * ( → (1 - self.momentum) * (", SHARES),
        ("self.momentum * ( → 0 * (", "look at: the memory: when it changes"),
        ("self.weight * →  & + self.bias → ", SCALE),
        (
            "mean, variance = self.running_mean, self.running_var"
            " → mean, variance = rows.mean(dim=0), rows.var(dim=0, correction=0)",
            "in eval mode: at",
        ),
        (
            "return self.weight * (rows - mean)"
            " → rows -= mean\n        return self.weight * rows",
            "changed the batch it was given",
        ),
        (
            "rows.mean(dim=0) → rows.detach().mean(dim=0)"
            " & rows.var(dim=0, → rows.detach().var(dim=0,",
            "the gradient of the batch",
        ),
    ],
    "check_norm_2d": [
        *MADE,
        ("class Norm2d(nn.BatchNorm2d): ...", f"{READY_MADE}2d"),
        ("mean, variance = images.mean → now, spread = images.mean", PRESENT),
        (
            "scale = → mean, variance = self.running_mean, self.running_var\n"
            "        scale =",
            PRESENT,
        ),
        ("new * images.var(dim=axes) → new * variance", "1.566667, yours is 1.4"),
        ("1 - self.momentum, self.momentum → self.momentum, 1 - self.momentum", SHARES),
        (
            "1 - self.momentum, self.momentum → 1, 0",
            "look at: the memory: when it changes",
        ),
        ("self.weight / → 1 / & self.bias - → -", SCALE),
        (
            "self.running_mean, self.running_var, (0, 2, 3)"
            " → images.mean((0, 2, 3)), images.var((0, 2, 3), correction=0), (0, 2, 3)",
            "in eval mode: at",
        ),
        (
            "shift = self.bias - scale * mean → images -= mean.view(1, -1, 1, 1)\n"
            "        shift = self.bias",
            "changed the batch it was given",
        ),
        (
            "images.mean(dim=axes) → images.detach().mean(dim=axes)"
            " & images.var(dim=axes, → images.detach().var(dim=axes,",
            "the gradient of the batch",
        ),
        (
            "scale = → images = (images - images.mean(dim=0)) / images.std(dim=0)\n"
            "        scale =",
            AXES,
        ),
        (
            "scale = → images = nn.functional.instance_norm(images)\n        scale =",
            AXES,
        ),
        ("(0, 2, 3) → (0, 1, 2, 3)", AXES),
        (
            "return scale → if not self.training:\n            return scale * images + "
            "shift\n        return scale",
            "in eval mode: at",
        ),
    ],
}

ACCEPTED = {
    "check_running_var": ["1.567"],
    "check_norm_1d": [
        "+= self.momentum * (mean - self.running_mean) → .lerp_(mean, self.momentum)"
    ],
    "check_norm_2d": [
        "scale.view(1, -1, 1, 1) * images + shift.view(1, -1, 1, 1)"
        " → (scale * images.movedim(1, -1) + shift).movedim(-1, 1)"
    ],
}
