"""Mistakes that learners make in *Improving CIFAR-10*, and what its checks must say."""

FIRST_STEP = "look at: the first step"
NESTEROV = "look at: Nesterov"
WHICH = "look at: which layer is watched"
WAY = "look at: the way to the layer"
MEAN = "look at: the weight of a map: one number"
LATE = "look at: when the ReLU comes"

MISTAKES = {
    "check_deep_cnn": [
        (
            "(out_channels),\n        nn.Conv2d → (in_channels),\n        nn.Conv2d",
            "[3, 32, 32, 64, 64, 128]",
        ),
        (
            "nn.BatchNorm2d(out_channels),\n        nn.Conv2d → nn.Conv2d",
            "look at: the channels of each BatchNorm",
        ),
        ("nn.Conv2d(out_channels → nn.Conv2d(in_channels", "expected weights of shape"),
        (
            "torch.flatten(self.blocks(images), 1)"
            " → self.blocks(images).view(-1, 128 * 4 * 4)",
            "expected an error, got 36 rows without a word",
        ),
        (
            "self.blocks(images) → nn.functional.dropout(self.blocks(images))",
            "the same images get other logits the second time",
        ),
        (
            "nn.Dropout → nn.Identity",
            "expected 50% of what enters Linear(2048, 1024) to be dropped, got 0%",
        ),
        (
            "Dropout(0.5) → Dropout(p=0.2) & Dropout(0.2) → Dropout(0.5)",
            "look at: dropout: where it stands, and how much",
        ),
        ("0.2 → 0.8", "expected 20% of what enters Linear(1024, 10)"),
        ("0.5 → 0.01 & 0.2 → 0.01", "to be dropped, got 1%"),
        ("0.2 → 0.0", "expected 20% of what enters Linear(1024, 10)"),
        (
            "nn.Conv2d(out → nn.Dropout(0.2),\n        nn.Conv2d(out",
            "expected 0% of what enters Conv2d(32, 32)",
        ),
        (
            "class DeepCNN(DeepCifarCNN): ...",
            "it takes over the ready-made DeepCifarCNN",
        ),
        (
            """
class DeepCNN(nn.Module):
    def __init__(self, num_classes=10):
        super().__init__()
        self.layers = DeepCifarCNN(num_classes)

    def forward(self, images):
        return self.layers(images)
""",
            "look at: what the class inherits from, and what it is made of",
        ),
        ("num_classes), → 10),", "expected (2, 3), got (2, 10)"),
        (
            "images), 1)) → images), 1)).log_softmax(dim=1)",
            "look at: what the loss expects: logits",
        ),
        (
            "nn.Sequential(block → (block",
            "expected 8 layers with weights, PyTorch finds 2",
        ),
        (
            "nn.ReLU(),\n        nn.BatchNorm2d(out_channels),\n        nn.Conv2d"
            " → nn.BatchNorm2d(out_channels),\n        nn.Conv2d",
            "there is no activation between Conv2d(3, 32)",
        ),
        (
            "nn.ReLU(),\n        nn.BatchNorm2d(out_channels),\n        nn.Max"
            " → nn.BatchNorm2d(out_channels),\n        nn.Max",
            "look at: the order in a block",
        ),
        (
            "nn.ReLU(),\n        nn.BatchNorm2d(out_channels),"
            " → nn.BatchNorm2d(out_channels),\n        nn.ReLU(),",
            "look at: the order in a block",
        ),
        ("MaxPool2d → AvgPool2d", "the same weights give other logits"),
        ("DeepCifarCNN()", "give the class DeepCNN itself"),
    ],
    "check_momentum_steps": [
        ("(ahead if nesterov else velocity) → gradient", "look at: what is kept"),
        ("ahead if nesterov else → ", NESTEROV),
        (" if nesterov else velocity → ", FIRST_STEP),
        ("lr * → ", "expected 1.5, yours is 3"),
        (
            "velocity = momentum * velocity + gradient"
            " → velocity = lr * (momentum * velocity + gradient)"
            " & lr * (ahead if nesterov else velocity) → velocity",
            "look at: the learning rate: once for each step",
        ),
        (
            "velocity = momentum * → gradient *= 1 - momentum\n"
            "        velocity = momentum *",
            FIRST_STEP,
        ),
        (
            "ahead if nesterov else velocity)) → velocity))\n"
            "        velocity = gradient",
            "not only of the last one",
        ),
        (
            "velocity = momentum * → velocity = & ahead if nesterov else → ",
            "look at: a momentum of 0",
        ),
        (
            "velocity = momentum * velocity + gradient"
            " → velocity = momentum * (velocity + gradient)"
            " & ahead if nesterov else → ",
            FIRST_STEP,
        ),
        ("return steps → return np.abs(steps)", "look at: the signs"),
        ("return steps → return np.cumsum(steps)", "look at: a momentum of 0"),
        ("append( → append(-", "expected 1, yours is -1"),
        (
            "ahead = momentum * velocity + gradient → ahead = momentum * velocity",
            NESTEROV,
        ),
        ("ahead = momentum * → ahead =", NESTEROV),
    ],
    "check_difference": [
        ("other - one → one - other", "look at: the sign"),
        ("ddof=1 → ", "by what is the sum of squares divided?"),
        ("ddof=1) → ddof=1) / np.sqrt(len(one))", "look at: the spread"),
        (
            "differences.std(ddof=1) → np.sqrt(one.var(ddof=1) + other.var(ddof=1))",
            "look at: the pairs: subtract first",
        ),
        (
            "differences.std(ddof=1) → other.std(ddof=1) - one.std(ddof=1)",
            "look at: the pairs",
        ),
        ("differences.std → other.std", "look at: the pairs"),
        ("differences.std(ddof=1) → np.ptp(differences)", "look at: the spread"),
        ("differences.mean → abs(differences).mean", "look at: the sign"),
        ("other - one → np.sort(other) - np.sort(one)", "look at: the pairs"),
        (", differences.std(ddof=1) → ", "expected shape (2,), yours has one number"),
        ("lambda one, other: other - one", "look at: the sign"),
        (
            "differences = other - one → other -= one\n    differences = other",
            "changed the other it was given",
        ),
    ],
    "check_collect_feature_maps": [
        (
            "with eval_mode(model), torch.no_grad() → if True",
            "look at: the mode while you watch",
        ),
        ("output.clone() → output", "it may write into the maps you hold"),
        (
            "output.clone() → inputs[0].clone()",
            "look at: what is returned: the layer's whole output",
        ),
        ("output.clone() → output[0].clone()", "look at: "),
        (
            "handle.remove() → ",
            "left a hook on the model, which would go on taking notes",
        ),
        (", torch.no_grad() → ", "still carry what is needed for gradients"),
        (
            "with eval_mode(model), → model.eval()\n    with",
            "came in train mode, and was not left in it",
        ),
        (
            "with eval_mode(model), → model.eval()\n    with"
            " & return → model.train()\n    return",
            "came in eval mode, and was not left in it",
        ),
        (
            "with eval_mode(model), → was = model.training\n    model.eval()\n    with"
            " & return → model.training = was\n    return",
            "came in train mode, and was not left in it",
        ),
        (
            "collected = [] → collected = []\n    torch.set_grad_enabled(False)",
            "gradients stay switched off afterwards",
        ),
        ("model(images) → return model(images)", WHICH),
        ("layer.register → model[0].register", WHICH),
        (
            """
def collect_feature_maps(model, images, layer):
    with eval_mode(model), torch.no_grad():
        for part in model.children():
            images = part(images)
            if part is layer:
                return images.clone()
""",
            "layer=Conv2d(1, 2, kernel_size=(2, 2)",
        ),
        (
            """
def collect_feature_maps(model, images, layer):
    with eval_mode(model), torch.no_grad():
        for part in model.children():
            images = part(images)
            if part is layer:
                break
    return images.clone()
""",
            WAY,
        ),
        (
            """
def collect_feature_maps(model, images, layer):
    with eval_mode(model), torch.no_grad():
        for part in model.modules():
            if not list(part.children()):
                images = part(images)
            if part is layer:
                return images.clone()
""",
            WAY,
        ),
        (
            "return → if layer not in model.children():\n"
            "        return model(images)\n    return",
            WAY,
        ),
    ],
    "check_grad_cam": [
        (".mean(dim=(2, 3), keepdim=True) → ", MEAN),
        ("mean( → sum(", MEAN),
        (".sum( → .mean(", "their weights are not averaged"),
        (".relu() → ", "look at: what is below zero"),
        ("relu() → abs()", "look at: what is below zero"),
        (".sum(dim=1).relu() → .relu().sum(dim=1)", LATE),
        ("keepdim=True) → keepdim=True).relu()", LATE),
        ("* feature_maps → * feature_maps.relu()", LATE),
        ("(2, 3) → (0, 2, 3)", "look at: the images"),
        (
            "gradients.mean → feature_maps.mean & * feature_maps → * gradients",
            "look at: the weight of a map",
        ),
        (
            "return → heat = & relu() → relu()\n    return heat / heat.max()",
            "look at: what is returned: the heat itself",
        ),
        (
            "return → heat = & relu() → relu()\n"
            "    return heat / heat.amax(dim=(1, 2), keepdim=True).clamp(min=1e-6)",
            "expected 2, yours is 1",
        ),
        (
            "sum(dim=1) → sum(dim=1, keepdim=True)",
            "yours has shape (1, 1, 1, 1)\nlook at: the axes of what is returned",
        ),
        ("sum(dim=1) → sum(dim=0)", "look at: the axes of what is returned"),
    ],
}

ACCEPTED = {
    "check_collect_feature_maps": [
        "with eval_mode(model), torch.no_grad():\n        model(images)"
        " → mode = model.training\n    model.eval()\n    with torch.no_grad():\n"
        "        model(images)\n    model.train(mode)"
    ]
}
