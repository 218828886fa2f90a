import torch

F = torch.nn.functional


def cases(case, t):
    def conv(op, fn, x, w, b=None, js=None, **options):
        kw = {'bias': '$2'} if b is not None else {}
        case(
            op,
            lambda x, w, b=None: fn(x, w, b, **options),
            [x, w] + ([b] if b is not None else []),
            args=['$0', '$1', {**kw, **(js or options)}],
        )

    conv('conv1d', F.conv1d, t(2, 2, 7), t(3, 2, 3), t(3))
    conv('conv1d', F.conv1d, t(1, 4, 8), t(2, 2, 3), stride=2, padding=1, groups=2)
    conv('conv1d', F.conv1d, t(2, 9), t(3, 2, 2), t(3), dilation=3)
    conv('conv1d', F.conv1d, t(1, 1, 6), t(2, 1, 4), padding='same')
    conv('convTranspose1d', F.conv_transpose1d, t(2, 3, 4), t(3, 2, 3), t(2))
    conv(
        'convTranspose1d',
        F.conv_transpose1d,
        t(1, 2, 4),
        t(2, 1, 3),
        js={'stride': 3, 'padding': 1, 'outputPadding': 2},
        stride=3,
        padding=1,
        output_padding=2,
    )
    conv('convTranspose1d', F.conv_transpose1d, t(4, 4), t(4, 2, 2), t(4), groups=2, dilation=2)
