"""Mistakes that learners make in *Building blocks*, and what its checks must say."""

MISTAKES = {
    "check_linear_sizes": [
        ("128 * 4 * 4 → 1152", "network A: it is not 1152\nlook at: the padding"),
        ("64 * 6 * 6 → 1600", "network C: it is not 1600\nlook at: the padding"),
        ("64 * 5 * 5 → 2304", "network D: it is not 2304\nlook at: the rounding"),
        ("128 * 4 * 4 → 16", "network A: it is not 16\nlook at: the channels"),
        ("20 * 4 * 4 → 80", "network B: it is not 80\nlook at: both sides"),
        ("20 * 4 * 4 → 1280", "network B: it is not 1280\nlook at: the number"),
        ("20 * 4 * 4 → 8000", "network B: it is not 8000\nlook at: the pooling"),
        ("20 * 4 * 4 → None & 6 * 6 → 144", "network C: it is not 9216"),
        ("64 * 6 * 6 → 108", "network C: it is not 108\nlook at: the channels"),
        ("{'A': 2048, 'B': 320, 'C': 2304, 'D': 64}", "network D: it is not 64"),
        (
            "{'B': 320, 'A': 2048, 'C': 1600, 'D': 1600}",
            "network C: it is not 1600\nlook at: the padding",
        ),
        ("{'A': 320, 'B': 2048, 'C': 2304, 'D': 1600}", "network A: it is not 320"),
        (
            "{'x': 2048, 'y': 320, 'z': 2304, 'w': 1600}",
            "the letters should be A, B, C, D, got dict",
        ),
        (", 64 * 5 * 5 → ", "should be four numbers, got tuple (2048, 320, 2304)"),
        ("2048", "should be four numbers, got int 2048"),
        ("64 * 5 * 5 → (64, 5, 5)", "network D: the answer should be one number"),
    ],
    "check_ann": [
        (
            "784, 128) → 784, 128), & self.layer1( → self.layer1[0](",
            "expected 2 layers with weights, PyTorch finds 1\nlook at:",
        ),
        (
            "self.layer1 = nn.Linear(784, 128) → self.layers = [nn.Linear(784, 128)]"
            " & self.layer2 = nn.Linear → self.layers += (nn.Linear"
            " & 10)\n → 10),)\n"
            " & self.layer1( → self.layers[0]( & self.layer2( → self.layers[1](",
            "PyTorch finds 0\nlook at: __init__: its spelling",
        ),
        ("def __init__ → def __int__", "PyTorch finds 0\nlook at: __init__: its spell"),
        (
            "self.layer1 = → _ = & self.layer2 = → _ ="
            " & self.layer1 → nn.Linear(784, 128) & self.layer2 → nn.Linear(128, 10)",
            "or forward a layer is hidden from PyTorch",
        ),
        (
            "super().__init__() → super().__init__()\n"
            "        self.layer3 = nn.Linear(10, 10)",
            "PyTorch finds 3\nlook at: how many layers there are",
        ),
        (
            "    def forward → def forward",
            "the class has no forward\nlook at: where forward is indented",
        ),
        ("128 → 100", "expected weights of shape (10, 128), it has (10, 100)"),
        ("784, 128 → 784, 128, bias=False", "101,770 parameters, it has 101,642"),
        ("torch.relu → ", "no activation between Linear(784, 128) and Linear(128"),
        (
            "torch.flatten(images, 1) → images.view(-1, 784)",
            "of 56 × 56, which do not fit: expected an error, got 36 rows",
        ),
        ("(values))) → (values))).softmax(dim=1)", "what the loss expects: logits"),
        ("(values))) → (values))).log_softmax(dim=1)", "what the loss expects: logits"),
        ("(values))) → (values))).relu()", "layer gave -3, but it returned 0"),
        (
            "(values))) → (values))).softmax(dim=0)",
            "other logits alone than in a batch",
        ),
        ("(values))) → (values))),", "forward should return a tensor, got tuple"),
        (
            "(values))) → (values)))[0]",
            "on 9 images: expected shape (9, 10), got (10,)",
        ),
        (
            "def forward → @torch.no_grad()\n    def forward",
            "no gradient flows back from the logits",
        ),
        ("(images, 1) → (images.relu(), 1)", "does not get the images as they are"),
        (
            "nn.Linear(128, 10) → nn.Sequential(nn.Linear(128, 10), nn.Dropout())",
            "look at: what happens behind the last layer",
        ),
        ("relu → sigmoid", "look at: the activation: a ReLU makes negative numbers 0"),
        ("relu → tanh", "look at: the activation: a ReLU"),
        ("torch.relu → F.gelu", "look at: the activation: a ReLU"),
        ("torch.relu → F.leaky_relu", "look at: the activation: a ReLU"),
        ("torch.relu → F.relu6", "look at: the activation: a ReLU"),
        ("nn.Module → ", "it makes a ANN, which is no nn.Module"),
        ("(values))) → (values)))\n\nANN = ANN()", "give the class ANN itself"),
        # What PyTorch says is passed on.
        (
            "torch.flatten(images, 1) → images",
            "(252x28 and 784x128)\nlook at: forward: ",
        ),
        ("super().__init__() → pass", "comes first"),
        ("torch.relu(self → nn.ReLU(self", "on 9 images: stopped with"),
        ("torch.relu → torch.ReLU", "has no attribute 'ReLU'\nlook at: forward: "),
        ("(self, images) → (images)", "but 2 were given\nlook at: forward: self"),
    ],
    "check_trace_shapes": [
        (
            "layer.register_forward_hook(note) → images = layer(images)\n"
            "        note(layer, (), images) & twin(images) → pass",
            "the order: that in which the layers are called",
        ),
        (
            "copy.deepcopy(model).eval(), [] → model, []\n    hooks = []"
            " & layer.reg → hooks += [layer.reg & (note) → (note)]"
            " & (images) → (images)\n    for hook in hooks:\n        hook.remove()",
            "changed the model's 1.running_mean",
        ),
        ("copy.deepcopy(model) → model", "came in train mode, and was not left in it"),
        ("copy.deepcopy(model).eval() → model", "left a hook on the model"),
        ("children → modules", "yours is 2\nlook at: the pairs: one for each direct"),
        (
            "shapes.append → if hasattr(layer, 'weight'):\n            shapes.append",
            "look at: which layers are noted",
        ),
        ("type(layer).__name__,  → ", "('Linear', (1, 2)), yours is tuple (1, 2)"),
        (
            "type(layer).__name__, tuple(output.shape)"
            " → tuple(output.shape), type(layer).__name__",
            "yours is tuple ((1, 2), 'Linear')",
        ),
        ("output.shape → output.shape[1:]", "yours is tuple ('Linear', (2,))"),
        ("output.shape → inputs[0].shape", "yours is tuple ('Linear', (1, 3))"),
        ("return shapes → return dict(shapes)", "list of pairs, yours returned dict"),
        (
            "with torch.no_grad() → torch.set_grad_enabled(False)\n    if True",
            "gradients stay switched off afterwards",
        ),
        (
            "twin(images) → twin(images.zero_())",
            "changed the images\nlook at: what must stay as it was",
        ),
        ("(images) → (images[:1])", "look at: the whole shape: its first number"),
        ("twin(images) → model(images)", "the list is empty: no hook was called"),
        ("return shapes → shapes", "returned None"),
    ],
    "check_collapse": [
        ("second[m, n] → second[-1 - m, -1 - n]", "look at: where a pair adds"),
        ("return kernel → return kernel[::-1, ::-1]", "look at: where a pair adds"),
        (
            "+= second → = second",
            "yours is 3\nlook at: the size, and the place where two",
        ),
        (" - 1 → ", "expected shape (1, 1), yours has shape (2, 2)"),
        (
            "return kernel → return kernel[:, : len(kernel)]",
            "expected shape (1, 2), yours has shape (1, 1)",
        ),
        ("* first → + first", "expected 6, yours is 5"),
        (
            "return kernel → return first * second.sum()",
            "expected shape (1, 2), yours has shape (1, 1)",
        ),
        ("return kernel → return kernel.T", "(1, 2), yours has shape (2, 1)"),
        ("return kernel → return kernel.astype(int)", "what becomes of decimals"),
        (
            "return kernel → return kernel.astype(first.dtype)",
            "look at: what becomes of decimals in the result",
        ),
        (
            "return kernel → return kernel.astype(second.dtype)",
            "look at: what becomes of decimals in the result",
        ),
        (
            "return kernel → return kernel * 1.0",
            "whole numbers; yours are floating-poi",
        ),
        (
            "np.result_type(first, second) → first.dtype",
            "casting rule 'same_kind'\nlook at: what becomes of decimals",
        ),
    ],
    "check_cnn": [
        (
            "Conv2d(3 → Conv2d(2",
            "expected weights of shape (32, 3, 3, 3), it has (32, 2, 3, 3)",
        ),
        (
            "nn.Linear(1024, num_classes),\n        )"
            " → )\n        self.last = (nn.Linear(1024, num_classes),)"
            " & self.dense_layers(values) → self.last[0](self.dense_layers(values))",
            "expected 5 layers with weights, PyTorch finds 4",
        ),
        (
            "128 * 3 * 3 → 128 * 4 * 4",
            "expected weights of shape (1024, 1152), it has (1024, 2048)",
        ),
        (
            # Sixteen rows for nine images: the notes' line, met by maps of 4 × 4.
            "stride=2 → stride=2, padding=1 & torch.flatten( → "
            " & (images), 1) → (images).view(-1, 128 * 3 * 3)",
            "on 9 images: expected shape (9, 10), got (16, 10)",
        ),
        (
            "torch.flatten( →  & (images), 1) → (images).view(-1, 128 * 3 * 3)",
            "of 40 × 40, which do not fit: expected an error, got 16 rows",
        ),
        ("(images), 1) → (images)).view(-1, 1152)", "expected an error, got 16 rows"),
        (
            "nn.ReLU(),\n            nn.Conv2d → nn.Conv2d",
            "between Conv2d(3, 32) and Conv2d(32, 64)",
        ),
        (
            "nn.ReLU(),\n        ) → )",
            "between Conv2d(64, 128) and Linear(1152, 1024)",
        ),
        (
            "nn.ReLU(),\n            nn.Linear → nn.Linear",
            "between Linear(1152, 1024) and Linear(1024, 10)",
        ),
        ("(values) → (values).log_softmax(dim=1)", "what the loss expects: logits"),
        ("(values) → (F.dropout(values))", "same images get other logits the second"),
        (
            "num_classes),\n → num_classes),\n            nn.Dropout(0.5),\n",
            "at its end, in train mode: its last layer gave -3",
        ),
        (
            "return self.dense_layers(values)"
            " → return F.dropout(self.dense_layers(values), training=self.training)",
            "look at: what happens behind the last layer",
        ),
        (
            "(images), 1) → (torch.relu(images)), 1)",
            "look at: what happens to the images before the first layer",
        ),
        (
            "1024, num_classes → 1024, 10",
            "for 3 classes: expected shape (2, 3), got (2, 10)",
        ),
        (
            "nn.Conv2d(32, → nn.BatchNorm2d(32),\n            nn.Conv2d(32,",
            "expected 1,284,170 parameters, it has 1,284,234",
        ),
        (
            "1)\n → 1)\n        values = values - values.mean(dim=0)\n",
            "an image gets other logits alone than in a batch",
        ),
        (
            "super().__init__() → super().__init__()\n"
            "        self.extra = nn.Linear(10, 10)",
            "expected 5 layers with weights, PyTorch finds 6",
        ),
        ("(images), 1) → (images), 1).detach()", "reaches conv_layers.0.weight"),
    ],
}

ACCEPTED = {
    "check_linear_sizes": [
        "[2048, 320, 2304, 1600]",
        "{'B': 320, 'A': 2048, 'D': 1600, 'C': 2304}",
    ],
    "check_ann": [
        "models.FashionANN",
        "nn.Linear(784, 128) → nn.Sequential(nn.Flatten(), nn.Linear(784, 128))",
    ],
    "check_trace_shapes": ["models.trace_shapes"],
    "check_collapse": ["return kernel → return kernel.astype(kernel.dtype)"],
    "check_cnn": [
        "nn.Linear(1024, num → nn.Dropout(),\n            nn.Linear(1024, num",
        "nn.ReLU → nn.Tanh",
        "nn.Linear(128 * 3 * 3, 1024) → nn.Linear(1152, 1024)",
    ],
}
